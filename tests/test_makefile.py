"""The Makefile: its table of commands and its variables."""

import re
import subprocess
import tomllib

import pytest

from tests.support.make import make
from tests.support.synthesized import ROOT
from tools.toolchain.locks import NPM_LOCKS

HOSTILE = ["dev; touch pwned", "$(shell touch pwned)", "$(touch pwned)", "-h", "", "x/../../README", "dev --apply"]


def test_make_pipenv_and_help_have_the_same_commands() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    scripts = tomllib.loads((ROOT / "Pipfile").read_text())["scripts"]
    help_ = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert scripts == {name: f"make {name}" for name in targets}
    assert re.findall(r"^  make ([a-z-]+) +\S", help_, flags=re.MULTILINE) == targets


@pytest.mark.parametrize(
    ("target", "hostile"),
    [
        *((target, {"ENV": value}) for target in ("status", "outputs", "diff", "apply", "deploy") for value in HOSTILE),
        *(("preflight", {"ENV": value}) for value in HOSTILE[:2]),
        *(("comment", {"ENV": "dev", "PULL_REQUEST": value}) for value in HOSTILE),
        *(("promote", {"FROM": value, "TO": "production"}) for value in HOSTILE),
        ("promote", {"FROM": "dev"}),
        *(("push", {"ENV": value, "IMAGE": "missing"}) for value in HOSTILE),
        *(("push", {"IMAGE": value}) for value in HOSTILE),
        *(("push", {"IMAGE": "missing.tar", "TAG": value}) for value in HOSTILE),
        ("rehearse", {"ENV": "dev; touch pwned"}),
    ],
    ids=str,
)
def test_a_variable_is_neither_a_command_nor_a_path(target: str, hostile: dict[str, str]) -> None:
    before = (ROOT / "README.md").read_bytes()

    process = make(target, variables=hostile)

    assert process.returncode == 2
    assert "Traceback" not in process.stderr
    assert not (ROOT / "pwned").exists()
    assert (ROOT / "README.md").read_bytes() == before


@pytest.mark.parametrize(
    ("target", "runs", "does_not_run"),
    [
        ("lock", "python -m tools.scanners.wheels", "python -m pytest"),
        ("snapshots", "tests/stacks/test_snapshots.py", "scan"),
        ("policy-scan", "tests/system/test_policy_scan.py", "test_snapshots"),
    ],
)
def test_a_command_runs_its_programs_and_no_others(target: str, runs: str, does_not_run: str) -> None:
    recipe = make("--dry-run", target).stdout

    assert runs in recipe
    assert does_not_run not in recipe


def test_the_requirements_are_written_from_lock_files_without_hosts() -> None:
    """pipenv writes the address of the package index into a requirements file if the lock file has it."""
    recipe = make("--dry-run", "lock").stdout

    lines = (
        "pipenv lock",
        "tools.toolchain.locks",
        "examples/app/requirements.txt",
        "examples/app/requirements-dev.txt",
    )
    assert sorted(lines, key=recipe.index) == list(lines)
    for lock in NPM_LOCKS:
        assert f" {lock.parent}" in recipe
