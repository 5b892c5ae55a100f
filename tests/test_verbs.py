"""The table of verbs in docs/architecture.md: each verb of each construct, and where the code calls it."""

import ast
import re
from collections.abc import Iterable

from tests.support.lists import listed
from tests.support.synthesized import ROOT

PAGE = ROOT / "docs" / "architecture.md"

NAMES = {
    "ArtifactBucket": "artifacts",
    "AwsManagedKeys": "encryption",
    "EcsExec": "sessions",
    "Encryption": "encryption",
    "HostedZone": "zone",
    "InterfaceEndpoints": "endpoints",
    "Key": "encryption",
    "LogGroup": "logs",
}
"""Construct to its name in code, if this name is not the construct's name in snake_case."""

PARTS_OF_CONSTRUCTS = {"PrivateBucket", "SecurityGroup"}
"""Constructs with verbs that only other constructs call. The table has the verbs of the other constructs."""

Verb = tuple[str, str]
"""The name of a construct in code, and the name of the verb."""


def verbs() -> set[Verb]:
    """Return the verbs of all constructs: their public methods that connect two constructs."""
    return {
        (NAMES.get(class_.name, snake_case(class_.name)), method.name)
        for file in (ROOT / "modules").rglob("*.py")
        for class_ in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(class_, ast.ClassDef) and class_.name not in PARTS_OF_CONSTRUCTS
        for method in class_.body
        if isinstance(method, ast.FunctionDef) and method.name.startswith(("grant_", "allow_", "connect_"))
    }


def snake_case(name: str) -> str:
    """Return a class name as the name of a variable."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def rows(page: str) -> list[tuple[list[Verb], list[str]]]:
    """Return the verbs and the files of each row of the table."""
    table = page.partition("| verb | called in |")[2].partition("\n\n")[0]
    cells = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`(\w+)\.(\w+)\(", cell[0]), re.findall(r"`([\w/]+\.py)`", cell[1])) for cell in cells]


def faults(wanted: Iterable[Verb], page: str) -> list[str]:
    """Return a line for each verb without a row, for each row without a verb, and for each missing call."""
    found = rows(page)
    missing = listed.faults(
        wanted,
        [verb for named, _ in found for verb in named],
        place="docs/architecture.md, table of verbs",
        entry=lambda verb: f"| `{verb[0]}.{verb[1]}(...)` |",
        end=" <file with the call> | <what the verb allows> |. If the code uses another name than the first, add the "
        "construct to NAMES in tests/test_verbs.py",
    )
    paths = {file: ROOT / file for _, named in found for file in named}
    files = {file: path.read_text(encoding="utf-8") if path.exists() else "" for file, path in paths.items()}
    return missing + [
        f"docs/architecture.md, table of verbs: {name}.{verb}() is not called in {' or '.join(named)}"
        for verbs_of_row, named in found
        for name, verb in verbs_of_row
        if named and not any(re.search(rf"{name}\.{verb}\b", files[file]) for file in named)
    ]


def test_the_table_has_every_verb_and_its_calls() -> None:
    assert len(verbs()) > 10
    listed.check(faults(verbs(), PAGE.read_text(encoding="utf-8")))


def test_a_verb_without_a_row_is_named() -> None:
    page = """
| verb | called in | what it allows |
|---|---|---|
| `database.grant_login(role)` | `modules/key.py` | reading |
| `database.grant_gone(role)` | | nothing |

"""

    place = "docs/architecture.md, table of verbs"
    missing, *others = faults([("jobs", "grant_send"), ("database", "grant_login")], page)
    assert missing.startswith(
        f"{place}: add | `jobs.grant_send(...)` | <file with the call> | <what the verb allows> |. If the code uses"
    )
    assert others == [
        f"{place}: remove | `database.grant_gone(...)` |; nothing needs it",
        f"{place}: database.grant_login() is not called in modules/key.py",
    ]
