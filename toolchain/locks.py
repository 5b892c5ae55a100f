"""Makes the lock files name versions and hashes, and no host: where packages come from is the user's configuration."""

import json
from pathlib import Path


def main() -> None:
    """Rewrite Pipfile.lock and package-lock.json of the working folder."""
    python = Path("Pipfile.lock")
    lock = json.loads(python.read_text(encoding="utf-8"))
    lock["_meta"]["sources"] = []
    for section in ("default", "develop"):
        for package in lock[section].values():
            package.pop("index", None)
    _write(python, lock, indent=4)

    node = Path("package-lock.json")
    lock = json.loads(node.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    _write(node, lock, indent=2)


def _write(path: Path, lock: object, *, indent: int) -> None:
    path.write_text(json.dumps(lock, indent=indent) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
