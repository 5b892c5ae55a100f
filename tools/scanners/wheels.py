"""The last part of `make lock`: checks that each locked Python package has a wheel for every supported platform.

pip looks for the wheels and installs none. If the package index has the metadata of a wheel, pip does not download the
wheel. https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-platform
"""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from packaging.markers import Marker

from tools import toolchain
from tools.toolchain import locks, program
from tools.toolchain.locks import PIPFILE_LOCKS, REQUIREMENTS

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
GLIBC = 35
"""The minor version of the oldest supported glibc, 2.35."""

PIP = toolchain.ROOT / ".tools" / "scanners" / "bin" / "pip"
NOT_FOUND = re.compile(r"^ERROR: No matching distribution found for (\S+)$", re.MULTILINE)


class WheelError(Exception):
    """pip could not look for the wheels. The message says why."""


@dataclass(frozen=True)
class Platform:
    """A supported platform: its name, the tags of its wheels, and its values for `Pipfile.lock`'s markers."""

    name: str
    tags: tuple[str, ...]
    sys_platform: str
    machine: str


def _linux(name: str, machine: str) -> Platform:
    # From one tag, pip derives the tags of older versions only for macOS and for versions up to manylinux2014.
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(5, GLIBC + 1)]
    return Platform(name, (*tags, f"manylinux2014_{machine}"), "linux", machine)


PLATFORMS = (
    _linux("Linux x86-64", "x86_64"),
    _linux("Linux arm64", "aarch64"),
    Platform("macOS arm64", ("macosx_14_0_arm64",), "darwin", "arm64"),
)


def faults(lock: Path, platform: Platform, python: str) -> list[str]:
    """Return the packages of a lock file without a wheel, and those with a wheel that has no locked hash.

    Args:
        lock: A Pipfile.lock, or a requirements file with hashes.
        platform: The platform of the wheels.
        python: The version of Python. `3.11` means 3.11.0, for packages that need a later 3.11.

    Raises:
        WheelError: pip failed for another reason.
    """
    locked = _locked(lock, platform)
    where = f"for {platform.name} on Python {python}"
    found = []
    while (process := _pip(list(locked), platform, python)).returncode:
        missing = NOT_FOUND.search(process.stderr)
        if not missing or missing[1] not in locked:
            raise WheelError(f"{lock}: pip could not look for wheels {where}:\n{process.stderr.strip()}")
        del locked[missing[1]]  # pip stops at the first package without a wheel
        found.append(f"{lock}: {missing[1].replace('==', ' ')} has no wheel {where}")
    chosen = {
        "sha256:" + package["download_info"]["archive_info"]["hashes"]["sha256"]: package["metadata"]
        for package in json.loads(process.stdout)["install"]
    }
    return found + [
        f"{lock}: {chosen[hash_]['name']} {chosen[hash_]['version']} has no hash of its wheel {where}"
        for hash_ in sorted(chosen.keys() - set().union(*locked.values()))
    ]


def _locked(lock: Path, platform: Platform) -> dict[str, list[str]]:
    """Return the requirements of a lock file for a platform, such as `rich==14.0.0`, with their hashes.

    A marker can exclude a platform, but not a version of Python. pipenv has just resolved the packages for the running
    Python, so each marker fits the running Python. The package must have a wheel for every version.
    """
    text = lock.read_text(encoding="utf-8")
    if lock.suffix != ".lock":
        lines = [line.split() for line in text.splitlines()]
        return {pinned: [hash_.removeprefix("--hash=") for hash_ in hashes] for pinned, *hashes in lines}
    variables = {
        "sys_platform": platform.sys_platform,
        "platform_system": platform.sys_platform.capitalize(),
        "platform_machine": platform.machine,
    }
    content = json.loads(text)
    return {
        name + package["version"]: package["hashes"]
        for name, package in locks.packages(content)
        if "markers" not in package or Marker(package["markers"]).evaluate(variables)
    }


def _pip(requirements: list[str], platform: Platform, python: str) -> subprocess.CompletedProcess[str]:
    command = [str(PIP), "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet", "--report=-"]
    command += ["--only-binary=:all:", f"--python-version={python}", *(f"--platform={tag}" for tag in platform.tags)]
    command.append("--requirement=/dev/stdin")  # pip accepts an empty file, but not a command line without requirements
    return subprocess.run(command, input="\n".join(requirements), capture_output=True, text=True, check=False)


def main() -> int:
    """Check every lock file, print the faults, and return the exit code."""
    return program.run(_check, WheelError)


def _check() -> int:
    with ThreadPoolExecutor() as pool:  # pip mostly waits for the package index
        found = pool.map(lambda each: faults(*each), product((*PIPFILE_LOCKS, *REQUIREMENTS), PLATFORMS, PYTHONS))
        return max([program.refuse(fault) for each in found for fault in each], default=0)


if __name__ == "__main__":
    sys.exit(main())
