"""Terraform, as the tests run it."""

import fcntl
import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from settings import Settings
from tools import toolchain
from tools.toolchain.terraform import FROM_PYPI

VERSIONS = Settings.model_fields["aws_provider_versions"].default
TINY = f"""
terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "{VERSIONS}"
    }}
  }}
}}
"""


def terraform(folder: Path, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the Terraform from PyPI, which has the same version everywhere, and return the process."""
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


def install(folder: Path, *, lock: Path) -> str:
    """Install the AWS provider into a folder with Terraform; return the reason for a failure, or "".

    A lock allows one process at a time: Terraform's plugin cache does not support concurrent writes.
    """
    (folder / "main.tf").write_text(TINY, encoding="utf-8")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = terraform(folder, "init", "-no-color")
    return process.stderr if process.returncode else ""


def unavailable(reason: str) -> NoReturn:
    """Skip a test that needs the provider, or fail it if REQUIRE_PROVIDER=1 forbids that."""
    end = pytest.fail if os.environ.get("REQUIRE_PROVIDER") == "1" else pytest.skip
    end(f"The AWS provider cannot be had: {reason}")
