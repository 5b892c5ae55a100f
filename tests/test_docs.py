"""Commands, links, files, settings and code that the documentation names exist.

Each check is a function that finds the faults of a text, so that a test can show that it finds some.
"""

import re
import tomllib
from pathlib import Path

import pytest

import settings
from tests.support.synthesized import ROOT

pytestmark = pytest.mark.project

DOCUMENTS = [
    *(file for folder in ("", ".github", "docs") for file in sorted((ROOT / folder).glob("*.md"))),
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
    ROOT / "examples" / "app" / "README.md",
]
LAYOUTS = {"README.md": "## Layout", "docs/architecture.md": "## Files"}
"""Documents with a layout of the files, and its heading."""

FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def spans(text: str) -> list[str]:
    """Return the code spans of the running text."""
    return re.findall(r"`([^`\n]+)`", FENCED.sub("", text))


def blocks(text: str, language: str) -> list[str]:
    """Return the content of fenced blocks in a language."""
    return [content for _, found, content in FENCED.findall(text) if found == language]


def targets() -> dict[str, str]:
    """Return the table of `make help`: each command with its description."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z-]+):.*## (.*)$", makefile, re.MULTILINE))


def unknown_commands(text: str) -> set[str]:
    """Return the targets after `make` in code that the Makefile lacks."""
    code = [*spans(text), *blocks(text, "sh")]
    named = {name for each in code for name in re.findall(r"(?:^|[\s:])make ([a-z][a-z-]*)", each)}
    return named - set(targets())


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path, text: str) -> set[str]:
    """Return the links to missing files or missing headings."""
    broken = set()
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", text)):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if re.match(r"https?://", link):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.add(link)
    return broken


def missing_paths(text: str) -> set[str]:
    """Return the paths below the project's folders that do not exist."""
    folders = {
        path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "node_", "cdktf"))
    }
    paths = {span for span in spans(text) if re.fullmatch(r"[\w-]+/[\w./-]*", span)}
    return {path for path in paths if path.split("/")[0] in folders and not (ROOT / path).exists()}


def layout(text: str, heading: str) -> list[str]:
    """Return the paths in the first column of the block under a heading; indented names belong to the folder above."""
    section = text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    [block] = blocks(section, "text")
    paths, folder = [], ""
    for line in block.splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            folder = name if name.endswith("/") else ""
            paths.append(name)
        else:
            paths.append(folder + name)
    return paths


def unknown_settings(text: str) -> set[str]:
    """Return the unknown settings among those written as `dev.service.cpu` or `protect = true`."""
    named = {name for span in spans(text) for name in re.findall(r"^(?:defaults|dev|production)\.([a-z_.]+)$", span)}
    named |= {name for span in spans(text) for name in re.findall(r"^([a-z_]+) = (?:true|false)$", span)}
    return named - set(settings.paths())


def invented_code(text: str) -> set[str]:
    """Return the lines of Python blocks that no source file has, ignoring commas at the end."""
    files = [ROOT / "main.py", *(ROOT / "stacks").glob("*.py"), *(ROOT / "modules").rglob("*.py")]
    known = {line.strip().rstrip(",") for file in files for line in file.read_text(encoding="utf-8").splitlines()}
    return {line.strip().rstrip(",") for block in blocks(text, "python") for line in block.splitlines()} - known


def untested(text: str) -> set[str]:
    """Return the guarantees without a test, or with a missing one."""
    section = text.partition("\n## What is guaranteed\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.*) \|(.*)\|$", section, re.MULTILINE)[1:]
    tests = {guarantee: re.findall(r"`(tests/[\w/]*test_\w+\.py)`", named) for guarantee, named in rows}
    return {
        guarantee
        for guarantee, named in tests.items()
        if not named or not all((ROOT / test).exists() for test in named)
    }


def unknown_names(text: str) -> set[str]:
    """Return the constants and test functions that no Python file has."""
    named = {span for span in spans(text) if re.fullmatch(r"_?[A-Z][A-Z_]{2,}|test_\w+", span)}
    folders = ("settings", "stacks", "modules", "operations", "rehearsal", "localaws", "tools", "tests")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    code = {name for file in files for name in re.findall(r"\w+", file.read_text(encoding="utf-8"))}
    return named - code


@pytest.fixture(params=DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def document(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def test_commands_are_in_the_makefile(text: str) -> None:
    assert unknown_commands(text) == set()


def test_links_lead_to_files_and_headings(document: Path, text: str) -> None:
    assert broken_links(document, text) == set()


def test_paths_exist(text: str) -> None:
    assert missing_paths(text) == set()


def test_settings_are_in_the_settings_file(text: str) -> None:
    assert unknown_settings(text) == set()


def test_quoted_code_is_in_the_source(document: Path, text: str) -> None:
    """CONTRIBUTING.md shows a construct that does not exist yet."""
    assert document.name == "CONTRIBUTING.md" or invented_code(text) == set()


def test_the_checklists_name_what_the_code_has() -> None:
    assert unknown_names((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("name", LAYOUTS)
def test_files_in_a_layout_exist(name: str) -> None:
    paths = layout((ROOT / name).read_text(encoding="utf-8"), LAYOUTS[name])

    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_guarantee_has_its_tests() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

    assert text.count("`tests/") > 20
    assert untested(text) == set()


def test_the_readme_has_the_table_of_make_help() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    section = readme.partition("\n## Commands\n")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| `make ([a-z-]+)` \| (.*) \|$", section, re.MULTILINE)) == targets()


def test_the_license_is_the_one_in_pyproject() -> None:
    license_ = (ROOT / "LICENSE").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert re.findall(r"^SPDX-License-Identifier: (.*)$", license_, re.MULTILINE) == [project["license"]]


def test_the_newest_version_of_the_changelog_is_in_pyproject() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    newest, *_ = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    assert newest == project["version"]


def test_the_index_lists_every_decision_in_order() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("[0-9]*.md"))
    titles = [page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in pages]

    index = re.findall(r"^- \[(.*)\]\((.*)\)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert index == [(title, page.name) for title, page in zip(titles, pages, strict=True)]
    assert [int(title.partition(".")[0]) for title in titles] == list(range(1, len(pages) + 1))


FAULTY = """
Run `make rehearse` or `make rehears`, see [it](README.md#nowhere), [this](gone.md), [that](docs/operations.md#state).

```sh
cd x && make deploy      # or: make depoly
```

- Read `modules/iam.py`, `modules/aim.py` and `elsewhere/at.all`; set `dev.service.cpu`, `dev.service.cup`,
  `protect = true`, `protects = true`.

  ```python
        certificate = Certificate(self, "certificate", environment=environment, zone=zone)
        certificate = Certificate(self)
  ```

## Files

```text
stacks/      folder
  dns.py     file
  sdn.py     no file
gone/        no folder
```

## What is guaranteed

| guarantee | tested in |
|---|---|
| docs are right | `tests/test_docs.py` |
| nothing is secret | |
| all is well | `tests/test_docs.py`, `tests/test_all.py` |
"""


def test_every_check_finds_faults() -> None:
    assert unknown_commands(FAULTY) == {"rehears", "depoly"}
    assert broken_links(ROOT / "README.md", FAULTY) == {"README.md#nowhere", "gone.md"}
    assert missing_paths(FAULTY) == {"modules/aim.py", "tests/test_all.py"}
    assert unknown_settings(FAULTY) == {"service.cup", "protects"}
    assert invented_code(FAULTY) == {"certificate = Certificate(self)"}
    gone = "_".join(("GONE", "AWAY"))
    assert unknown_names(f"`LAYOUTS`, `test_every_check_finds_faults`, `{gone}`") == {gone}
    assert untested(FAULTY) == {"nothing is secret", "all is well"}
    assert layout(FAULTY, "## Files") == ["stacks/", "stacks/dns.py", "stacks/sdn.py", "gone/"]
