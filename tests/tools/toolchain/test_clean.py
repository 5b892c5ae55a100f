"""`make clean`: what it removes, and when it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tools.toolchain import lock

PROGRAM = ROOT / "tools" / "toolchain" / "clean.py"


def clean(folder: Path) -> tuple[int, str, str]:
    process = subprocess.run([sys.executable, PROGRAM], cwd=folder, capture_output=True, text=True, check=False)
    return process.returncode, process.stdout, process.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (".venv/bin", "cdktf.out/stacks", "modules/__pycache__"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "terraform.dev-main.tfstate").touch()
    return tmp_path


def test_clean_names_what_it_removes_and_keeps_state(project: Path) -> None:
    assert clean(project) == (0, "Removed .venv\nRemoved cdktf.out\n", "")
    assert {path.name for path in project.iterdir()} == {"modules", "terraform.dev-main.tfstate"}
    assert list((project / "modules").iterdir()) == []
    assert clean(project) == (0, "", "")


def test_clean_removes_nothing_while_a_command_runs(project: Path) -> None:
    with lock.held(project / "cdktf.out", by="make diff"):
        code, printed, told = clean(project)

    assert (code, printed, told) == (
        1,
        "",
        "✗ nothing was removed, because a command of this project is running in this folder\n",
    )
    assert (project / ".venv" / "bin").is_dir()
