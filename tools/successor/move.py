"""The first part of `make move-to-cdktn`: replaces cdktf with CDK Terrain in the files of the project.

The second part is `make lock`. `tools/bindings/` stays as it is, because it works with both.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from tools.outside import OutsideError
from tools.toolchain import program

REQUIREMENTS = Path("tools", "successor", "requirements.txt")
PACKAGE = Path("tools", "successor", "package.json")
UNCHANGED = (Path("tools", "bindings"), Path("tools", "successor"), Path("tests", "tools"))
IMPORT_LAW = Path("tests", "test_import_law.py")

IMPORTS = re.compile(r"^([ +-]?\s*(?:from|import) )cdktf(?= import|$)", re.MULTILINE)
NAMES = re.compile(r"\bcdktf(?=\.[A-Z])")
BINDINGS = re.compile(r"\bcdktf_cdktf_provider_aws\b")
OLD = re.compile(r"^cdktf.*\n", re.MULTILINE)
"""The lines of the Pipfile with cdktf and its bindings."""


def move(project: Path) -> None:
    """Replace cdktf in the imports, the Pipfile and package.json of a project."""
    for path in [*project.rglob("*.py"), *project.rglob("*.patch"), project / "pyproject.toml"]:
        inside = path.relative_to(project)
        if inside.parts[0].startswith(".") or any(inside.is_relative_to(folder) for folder in UNCHANGED):
            continue
        _rewrite(path, renamed(path.read_text(encoding="utf-8")))
    law = project / IMPORT_LAW
    _rewrite(law, re.sub(r"\bcdktf\b", "cdktn", law.read_text(encoding="utf-8")))

    pinned = [line.split()[0].split("==") for line in (project / REQUIREMENTS).read_text(encoding="utf-8").splitlines()]
    pipfile = project / "Pipfile"
    lines = OLD.sub("", pipfile.read_text(encoding="utf-8"))
    new = "".join(f'{name} = "=={version}"\n' for name, version in pinned)
    _rewrite(pipfile, lines.replace("[packages]\n", f"[packages]\n{new}"))

    npm, successor = (json.loads((project / path).read_text(encoding="utf-8")) for path in ("package.json", PACKAGE))
    npm["description"] = npm["description"].replace("cdktf-cli", "cdktn-cli")
    for table in ("dependencies", "overrides"):
        npm[table] = {name: version for name, version in npm[table].items() if "cdktf" not in name}
    npm["dependencies"] |= successor["dependencies"]
    _rewrite(project / "package.json", json.dumps(npm, indent=2) + "\n")


def renamed(text: str) -> str:
    """Return a Python file or a patch of Python files, with the successor's modules in place of those of cdktf."""
    return BINDINGS.sub("cdktn_provider_aws", NAMES.sub("cdktn", IMPORTS.sub(r"\1cdktn", text)))


def _rewrite(path: Path, text: str) -> None:
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8")


def move_in_working_folder() -> int:
    """Move the project in the working folder, and return the exit code.

    Raises:
        OutsideError: The project has changes that are not committed.
    """
    status = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    if status:
        raise OutsideError(f"commit or stash these changes first, so that git can show and undo the move:\n{status}")
    move(Path.cwd())
    return 0


if __name__ == "__main__":
    sys.exit(program.run(move_in_working_folder))
