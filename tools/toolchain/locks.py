"""Removal of hosts from the lock files, because each user's own configuration says where packages come from."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PIPFILE_LOCKS = (Path("Pipfile.lock"), Path("tools/scanners/Pipfile.lock"))
REQUIREMENTS = (Path("tools/successor/requirements.txt"), Path("tools/bench/aws_cdk/requirements.txt"))
NPM_LOCKS = tuple(Path(folder, "package-lock.json") for folder in (".", "tools/successor", "tools/bench/node"))


def main() -> None:
    """Rewrite the lock files of the working folder."""
    for python in PIPFILE_LOCKS:
        lock = json.loads(python.read_text(encoding="utf-8"))
        lock["_meta"]["sources"] = []
        for _, package in packages(lock):
            package.pop("index", None)
        _write(python, lock, indent=4)

    for requirements in REQUIREMENTS:
        _lock_requirements(requirements)

    for node in NPM_LOCKS:
        lock = json.loads(node.read_text(encoding="utf-8"))
        for package in lock["packages"].values():
            package.pop("funding", None)
            package.pop("resolved", None)
        _write(node, lock, indent=2)


def packages(lock: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the entry of each package in a Pipfile.lock. A package can be in several categories."""
    for category, entries in lock.items():
        if category != "_meta":
            yield from entries.items()


def _lock_requirements(requirements: Path) -> None:
    """Write the hash of each version that the requirements file names."""
    names = [line.split()[0] for line in requirements.read_text(encoding="utf-8").splitlines() if "==" in line]
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet"]
    answer = subprocess.run([*command, "--report", "-", *names], capture_output=True, text=True, check=True)
    found = {
        package["metadata"]["name"]: package["download_info"]["archive_info"]["hashes"]["sha256"]
        for package in json.loads(answer.stdout)["install"]
    }
    lines = [f"{name} --hash=sha256:{found[name.partition('==')[0]]}" for name in names]
    requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write(path: Path, lock: object, *, indent: int) -> None:
    path.write_text(json.dumps(lock, indent=indent) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
