"""The import law: main -> stacks -> modules -> bindings, and nothing below main.py reaches out of the program.

ruff sees to the last arrow, that only modules/ imports the AWS bindings.
"""

import ast
from pathlib import Path

import pytest

from tests.synthesized import ROOT

MAY_IMPORT = {
    "main.py": {"bindings", "settings", "stacks"},
    "stacks": {"stacks", "modules", "settings"},
    "modules": {"modules", "settings"},
    "settings": {"settings"},
    "bindings": {"bindings"},
    "toolchain": {"toolchain"},
    "scanners": {"scanners", "toolchain"},
    "operations": {"operations", "settings", "toolchain"},
    "localaws": {"localaws", "operations", "settings", "toolchain"},
    "localaws/pipeline": {"localaws", "toolchain"},
}
"""What each room may import of the others: localaws speaks to the deployed system as AWS would, through its API."""

ROOMS = {Path(room).stem for room in MAY_IMPORT} | {"bench", "tests"}
REACHES_OUT = {"http", "os", "pathlib", "requests", "socket", "subprocess", "sys", "tempfile", "urllib"}


def imports(source: str) -> set[str]:
    """The packages that a program imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def of_room(room: str) -> dict[str, set[str]]:
    """What each file of a room imports."""
    files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
    return {str(file.relative_to(ROOT)): imports(file.read_text(encoding="utf-8")) for file in files}


def test_imports_are_seen_wherever_they_stand() -> None:
    assert imports("import os.path\nfrom .near import x\ndef f():\n    from stacks.main import MainStack") == {
        "os",
        "stacks",
    }


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_room_imports_what_it_may_not(room: str) -> None:
    found = of_room(room)

    assert found
    assert {file: names & ROOMS - MAY_IMPORT[room] for file, names in found.items()} == {file: set() for file in found}


@pytest.mark.parametrize("room", ["stacks", "modules"])
def test_no_construct_reads_the_environment_a_file_or_the_network(room: str) -> None:
    found = of_room(room)

    assert {file: names & REACHES_OUT for file, names in found.items()} == {file: set() for file in found}
