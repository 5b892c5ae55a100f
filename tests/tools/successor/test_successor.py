"""The environment of the successor, which `make test` installs."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tools.bindings import successor

BIN = ROOT / ".tools" / "cdktn" / "bin"

TESTS = ("tools/bindings", "tools/successor", "tools/toolchain/test_toolchain.py", "stacks/test_snapshots.py")
LEFT_OUT = ("first_run", "a_program_synthesizes", "stock_import", "with_the_successor")
"""Tests that take long, and this test. The test that synthesizes this project is not left out."""


@pytest.mark.slow
@pytest.mark.skipif(successor.ACTIVE, reason="all tests run with cdktn")
@pytest.mark.skipif(not BIN.exists(), reason="make test installs cdktn")
def test_the_tests_of_a_synthesis_pass_with_the_successor(tmp_path: Path) -> None:
    command = [
        str(BIN / "python"),
        "-m",
        "pytest",
        "--quiet",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tmp_path / 'own'}",
    ]
    selected = [*(f"tests/{each}" for each in TESTS), "-k", " and ".join(f"not {each}" for each in LEFT_OUT)]

    process = subprocess.run(
        [*command, *selected],
        cwd=ROOT,
        env={**os.environ, "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 0, process.stdout[-5000:]
