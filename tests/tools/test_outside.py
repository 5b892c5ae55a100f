"""Errors with a cause outside of the project: one message."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from jsii.errors import JSIIError

from tests.support.synthesized import ROOT
from tools import outside


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (PermissionError(13, "Permission denied", "/some/file"), "/some/file: Permission denied"),
        (OSError(18, "Invalid cross-device link", "/a", None, "/b"), "/a: /b: Invalid cross-device link"),
        (OSError("no file system"), "no file system"),
        (RuntimeError("Error: ENOSPC: no space left on device, write"), "ENOSPC: no space left on device, write"),
        (RuntimeError("EROFS: read-only file system, mkdir '/x'"), "EROFS: read-only file system, mkdir '/x'"),
        (
            JSIIError("Cannot use the cache: ENOTDIR: not a directory. Fix it."),
            "Cannot use the cache: ENOTDIR: not a directory. Fix it.",
        ),
        (RuntimeError("Error: a resource with this name exists"), ""),
        (RuntimeError("Error: EXAMPLE: it exists"), ""),
        (
            RuntimeError("Error: Validation failed with the following errors:\n  [dev] no Terraform\n\nIf you wish"),
            "Validation failed with the following errors:\n  [dev] no Terraform",
        ),
        (ValueError("EROFS: "), ""),
    ],
)
def test_only_errors_outside_of_the_project_have_a_message(error: BaseException, message: str) -> None:
    assert outside.message(error) == message


def run(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_an_interruption_during_imports_is_one_message() -> None:
    process = run("import operations, os, signal; os.kill(os.getpid(), signal.SIGINT)")

    assert (process.returncode, process.stderr) == (-signal.SIGINT, "✗ interrupted\n")


def test_an_error_of_the_project_has_its_traceback() -> None:
    process = run("import operations; operations.nothing")

    assert process.stderr.startswith("Traceback (most recent call last):\n")


def test_main_names_the_folder_that_it_cannot_write_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    process = subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env=os.environ | {"CDKTF_OUTDIR": str(tmp_path / "file" / "cdktf.out")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == f"✗ ENOTDIR: not a directory, mkdir '{tmp_path}/file/cdktf.out'\n"
