"""Terraform, as the tests run it."""

import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

import toolchain
from toolchain.terraform import FROM_PYPI

TINY = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'


def terraform(folder: Path, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the Terraform from PyPI, which is of the same version everywhere, to whatever end."""
    return subprocess.run(
        [str(FROM_PYPI), *arguments],
        cwd=folder,
        env=toolchain.environment(),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def install(folder: Path) -> str:
    """Have Terraform install the AWS provider into a folder; return why it could not, or nothing."""
    (folder / "main.tf").write_text(TINY, encoding="utf-8")
    process = terraform(folder, "init", "-no-color")
    return process.stderr if process.returncode else ""


def unavailable(reason: str) -> NoReturn:
    """Skip a test that needs the provider, or fail it where REQUIRE_PROVIDER=1 says that none may be skipped."""
    end = pytest.fail if os.environ.get("REQUIRE_PROVIDER") == "1" else pytest.skip
    end(f"The AWS provider cannot be had: {reason}")
