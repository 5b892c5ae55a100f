"""Tests of the checks of versions: of Terraform, and of the AWS provider."""

from pathlib import Path

import pytest

from operations.preflight.checks import versions
from operations.preflight.finding import Kind
from settings import REHEARSED_PROVIDER
from tests.support.preflight.contexts import OK, PROBLEM, WARNING, settings
from tools.toolchain import terraform
from tools.toolchain.variables import VariableError


def binary(folder: Path, script: str) -> str:
    file = folder / "named"
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    ("script", "kind", "text"),
    [
        ("echo Terraform v1.10.0-rc1", OK, "{} has version 1.10.0-rc1"),
        ("echo Terraform v1.9.8", PROBLEM, "{} has version 1.9.8, and the stacks require 1.10 or later"),
        ("echo OpenTofu v1.10.6", WARNING, "{} is OpenTofu, which is not tested with this project"),
        ("exit 1", PROBLEM, "TERRAFORM_BINARY_NAME={} does not print its version"),
    ],
)
def test_the_named_terraform_must_be_new_enough(script: str, kind: Kind, text: str, tmp_path: Path) -> None:
    named = binary(tmp_path, script)

    [found] = versions.check_terraform({"TERRAFORM_BINARY_NAME": named})

    assert (found.kind, found.text) == (kind, text.format(named))
    assert bool(found.advice) == (kind is not OK)


def test_a_named_terraform_that_does_not_exist_is_a_problem() -> None:
    [found] = versions.check_terraform({"TERRAFORM_BINARY_NAME": "terraform-x", "PATH": ""})

    assert (found.kind, found.text) == (PROBLEM, "TERRAFORM_BINARY_NAME=terraform-x does not exist")


def test_the_chosen_terraform_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = binary(tmp_path, "echo Terraform v1.11.4")
    monkeypatch.setattr(terraform, "find", lambda _: chosen)

    [found] = versions.check_terraform({})

    assert (found.kind, found.text) == (OK, f"{chosen} has version 1.11.4")


def test_a_machine_without_terraform_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(_: object) -> str:
        raise VariableError("PATH: must have Terraform 1.10 or later")

    monkeypatch.setattr(terraform, "find", find)

    [found] = versions.check_terraform({})

    assert (found.kind, found.text) == (PROBLEM, "PATH: must have Terraform 1.10 or later")
    assert found.advice == "install Terraform 1.10 or later"


@pytest.mark.parametrize("constraints", [REHEARSED_PROVIDER, f"= {REHEARSED_PROVIDER}", f"={REHEARSED_PROVIDER}"])
def test_the_rehearsed_provider_is_ok(constraints: str) -> None:
    [found] = versions.check_provider(settings(aws_provider_versions=constraints))

    assert found.kind is OK


@pytest.mark.parametrize("constraints", [">= 5.100.0, < 7.0.0", "6.23.0", "~> 5.100.0"])
def test_other_versions_of_the_provider_are_a_warning(constraints: str) -> None:
    [found] = versions.check_provider(settings(aws_provider_versions=constraints))

    assert (found.kind, found.text) == (
        WARNING,
        f"dev.aws_provider_versions: this project was rehearsed with 5.100.0 only, got {constraints}",
    )
    assert found.advice.endswith("`make rehearse ENV=dev`")
