"""Tests of `make diff`: its exit code, its messages, its plans."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from operations.diff import stacks
from operations.diff.__main__ import PROVIDER_NOTE, apply, diff, exit_code, main
from operations.diff.attributes import Attribute
from operations.diff.plan import Change
from operations.diff.summary import StackChanges
from settings import REHEARSED_PROVIDER
from tests.support.make import make
from tests.support.synthesized import ROOT
from tools import toolchain
from tools.toolchain.cli import Cdktf, Planned

ROLE = Change("aws_iam_role.role", "replace", (Attribute("name", '"a"', '"b"', forces_replacement=True),))


@pytest.mark.parametrize(
    ("planned_stacks", "expected"),
    [
        ([StackChanges("a"), StackChanges("b")], 0),
        ([StackChanges("a"), StackChanges("b", [ROLE])], 2),
        ([StackChanges("a"), StackChanges("b", waits_for=["a"])], 2),
        ([StackChanges("a", [ROLE]), StackChanges("b", error="Error")], 1),
    ],
)
def test_the_exit_code_is_that_of_terraform_plan(planned_stacks: Sequence[StackChanges], expected: int) -> None:
    assert exit_code(planned_stacks) == expected


def test_a_folder_that_cannot_be_written_into_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "cdktf.out"

    process = subprocess.run(
        [sys.executable, "-m", "operations.diff", "dev"],
        cwd=ROOT,
        env=os.environ | {"CDKTF_OUTPUT": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.returncode, process.stderr) == (1, f"✗ {folder}: Not a directory\n")


@pytest.fixture(autouse=True)
def _deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.command.require_credentials", lambda: None)
    monkeypatch.setattr("operations.recorded_service.check", lambda *_: None)


def cdktf(folder: Path) -> Cdktf:
    return Cdktf(folder, variables={"PATH": "", "HOME": str(folder)}, on_progress=lambda _: None)


@pytest.mark.parametrize(("version", "told"), [("6.9.0", 1), (REHEARSED_PROVIDER, 0)])
def test_a_diff_names_another_provider_version(
    version: str, told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Cdktf, "synthesizing", lambda _: nullcontext())
    monkeypatch.setattr(Cdktf, "dependencies", lambda *_: [])
    monkeypatch.setattr(Cdktf, "make_plans", lambda _, stacks: dict.fromkeys(stacks, Planned()))
    monkeypatch.setattr(Cdktf, "provider_version", lambda *_: version)

    assert diff(cdktf(tmp_path), "dev", variables={}) == 0

    note = " ".join(PROVIDER_NOTE.format(version, REHEARSED_PROVIDER).split())
    assert " ".join(capsys.readouterr().out.split()).count(note) == told


@pytest.mark.parametrize(
    ("changed", "code", "says"), [([], 0, False), ([{"address": "aws_x.y", "type": "aws_x"}], 2, True)], ids=str
)
def test_a_diff_with_changes_ends_with_the_next_command(
    changed: list[dict[str, str]],
    code: int,
    says: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = {"resource_changes": [{**each, "change": {"actions": ["create"]}} for each in changed]}
    monkeypatch.setattr(Cdktf, "synthesizing", lambda _: nullcontext())
    monkeypatch.setattr(Cdktf, "dependencies", lambda *_: [])
    monkeypatch.setattr(Cdktf, "make_plans", lambda _, stacks: dict.fromkeys(stacks, Planned(has_changes=True)))
    monkeypatch.setattr(Cdktf, "saved_plan", lambda *_: plan)
    monkeypatch.setattr(Cdktf, "provider_version", lambda *_: REHEARSED_PROVIDER)

    assert diff(cdktf(tmp_path), "dev", variables={}) == code

    assert (capsys.readouterr().out.splitlines()[-1] == "next: make apply ENV=dev") == says


# Terraform for stacks that are initialized. Only the plan of the registry stack has a change.
TERRAFORM = """#!/bin/sh
if [ "$1" = version ]; then echo "Terraform v1.11.4"; exit; fi
stack=$(basename "$PWD")
echo "$stack $1" >> {calls}
if [ "$1" = show ]; then echo '{{}}'; elif [ "$stack" = dev-registry ]; then exit 2; fi
"""


def test_a_diff_runs_terraform_once_for_each_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a plan with changes is shown. main.py runs one time. No folder is initialized, and cdktf does not run."""
    calls, terraform, refused = tmp_path / "calls", tmp_path / "terraform", tmp_path / "cdktf"
    terraform.write_text(TERRAFORM.format(calls=calls))
    refused.write_text(f"#!/bin/sh\necho cdktf >> {calls}\n")
    for program in (terraform, refused):
        program.chmod(0o755)
    monkeypatch.setattr(toolchain, "CDKTF", refused)
    programs: list[list[str]] = []
    synthesis = toolchain.synthesis

    def noted(*options: str) -> list[str]:
        programs.append(synthesis(*options))
        return programs[-1]

    monkeypatch.setattr(toolchain, "synthesis", noted)
    own = Cdktf(
        tmp_path,
        variables=os.environ | {"TERRAFORM_BINARY_NAME": str(terraform)},
        selection=toolchain.of_environment("dev"),
        on_progress=lambda _: None,
    )

    assert diff(own, "dev", variables={}) == 0

    plans = ["dev-dns plan", "dev-main plan", "dev-registry plan"]
    assert sorted(calls.read_text().splitlines()) == [*plans, "dev-registry show"]
    assert [program[1:] for program in programs] == [[str(ROOT / "main.py"), "--environment=dev"]]


@pytest.mark.parametrize(("code", "made"), [(0, 0), (1, 1), (2, 0), (130, 130)])
def test_make_fails_only_for_a_diff_that_fails(code: int, made: int, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, command = make("-n", "diff").stdout.splitlines()
    assert command == 'python -m operations.diff --exit-zero -- "$ENV"'

    monkeypatch.setattr("operations.command.run", lambda _: code)
    monkeypatch.setattr(sys, "argv", [*command.split()[2:-1], "dev"])
    assert main() == made


def test_a_refused_diff_leaves_no_old_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = Cdktf(tmp_path, variables={"TF_WORKSPACE": "other"}, on_progress=lambda _: None)
    plan = refused.plan_file("dev-dns")
    plan.parent.mkdir(parents=True)
    plan.touch()

    assert diff(refused, "dev", variables={}) == 1

    assert not plan.exists()
    assert "TF_WORKSPACE=other" in capsys.readouterr().err


def test_an_interrupted_diff_leaves_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan can be incomplete, and was not shown. The last diff is forgotten before, in case the diff is killed."""
    own = cdktf(tmp_path)
    plan, summary = own.plan_file("dev-dns"), stacks.summary_file(own.output_folder, "dev")
    plan.parent.mkdir(parents=True)
    plan.touch()
    summary.touch()

    def planned(*_: object) -> None:
        assert not plan.exists()
        assert not summary.exists()
        plan.touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("operations.diff.__main__._planned", planned)

    with pytest.raises(KeyboardInterrupt):
        diff(own, "dev", variables={})

    assert not plan.exists()


def test_a_stack_that_cannot_be_planned_leaves_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = cdktf(tmp_path)
    plan = own.plan_file("dev-dns")
    plan.parent.mkdir(parents=True)

    def planned(*_: object) -> list[StackChanges]:
        plan.touch()
        return [StackChanges("dev-dns", [ROLE]), StackChanges("dev-main", error="Error: no")]

    monkeypatch.setattr("operations.diff.__main__._planned", planned)

    assert diff(own, "dev", variables={}) == 1

    assert not plan.exists()


def test_a_diff_that_could_not_write_its_output_is_not_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = cdktf(tmp_path)
    plan = own.plan_file("dev-dns")
    plan.parent.mkdir(parents=True)

    def planned(*_: object) -> list[StackChanges]:
        plan.touch()
        return [StackChanges("dev-dns", [ROLE])]

    monkeypatch.setattr("operations.diff.__main__._planned", planned)

    with pytest.raises(IsADirectoryError):
        diff(own, "dev", variables={"GITHUB_OUTPUT": str(tmp_path)})

    assert apply(own, "dev") == 1
    assert capsys.readouterr().err == (
        "✗ dev: was not planned yet, or its last diff failed; run `make diff ENV=dev`, then `make apply ENV=dev`\n"
    )
