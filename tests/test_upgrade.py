"""A later version of the project merges into a copy that a team has changed, as docs/upgrading.md says."""

import re
import shlex
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.copies import INSTALLED, Copy
from tests.support.settings_files import as_published
from tests.support.synthesized import ROOT
from tests.test_docs import blocks
from tests.test_own_settings import FILE, MARKED, own_names, renamed_environments

pytestmark = [pytest.mark.slow, as_published]


def table() -> list[str]:
    """Return the first cells of the table of files in docs/upgrading.md, without the heading."""
    return re.findall(r"^\| (.*?) \|", section(), re.MULTILINE)[1:]


def may_conflict(file: str) -> bool:
    """Return whether docs/upgrading.md names the file, or a folder of the file, among the files that a team edits."""
    *edited, _ = table()
    return any(file.startswith(name) for cell in edited for name in re.findall(r"`([^`]+)`", cell))


def section() -> str:
    """Return the section of docs/upgrading.md about the merge."""
    page = (ROOT / "docs" / "upgrading.md").read_text(encoding="utf-8")
    return page.partition("\n## Merge a newer version\n")[2].partition("\n## ")[0]


def commands() -> list[str]:
    """Return the commands of this section that follow a merge."""
    return blocks(section(), "sh")[1].splitlines()


def run(copy: Copy, command: str) -> None:
    """Run a command of the page, without the policy scan, which would take minutes."""
    program, *arguments = shlex.split(command)
    if program == "make":
        assert arguments == ["workflows", "snapshots", "policy-scan"]
        copy.python("tools.workflows")
        copy.python("pytest", "--quiet", "--snapshot-update", "tests/stacks/test_snapshots.py")
    else:
        copy.git(*arguments, *(["--no-edit"] if arguments == ["commit"] else []))


def commit(copy: Copy, message: str) -> None:
    run(copy, "make workflows snapshots policy-scan")
    copy.git("add", "--all")
    copy.git("commit", "--quiet", "--message", message)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Return a copy with a history of one commit."""
    copy = Copy(tmp_path / "project")
    copy.git("init", "--quiet", "--initial-branch", "upstream")
    (copy.folder / ".git" / "info" / "exclude").write_text("\n".join(INSTALLED))
    copy.git("add", "--all")
    copy.git("commit", "--quiet", "--message", "the version that the team cloned")
    return copy


def test_a_later_version_merges_into_a_changed_copy(copy: Copy) -> None:
    """The team has own names, settings and a bucket. The later version has a queue, and new lines in edited files."""
    copy.git("checkout", "--quiet", "-b", "team")
    own_names(copy)
    renamed_environments(copy)
    copy.apply("s3-bucket")
    commit(copy, "our settings, our bucket")
    copy.git("checkout", "--quiet", "upstream")
    copy.apply("sqs-queue")
    copy.replace(FILE, "# gp3 storage in GiB, 20 to 65536", "# gp3 storage in GiB, from 20 to 65536")
    copy.replace(".github/workflows/diff.yml", "timeout-minutes: 30", "timeout-minutes: 45")
    commit(copy, "the later version")
    copy.git("checkout", "--quiet", "team")

    with suppress(AssertionError):  # git merge fails if there is a conflict
        copy.git("merge", "--no-commit", "upstream")

    conflicts = copy.git("diff", "--name-only", "--diff-filter=U").split()
    assert [file for file in conflicts if not may_conflict(file)] == []
    for command in commands():
        run(copy, command)
    assert copy.git("status", "--porcelain") == ""
    copy.python("pytest", "--quiet", "-m", "project", *MARKED)
    snapshots = (copy.folder / "tests" / "stacks" / "__snapshots__" / "test_snapshots").iterdir()
    assert {file.name.partition("-")[0] for file in snapshots} == {"test_stack[staging", "test_stack[live"}
    merged = (copy.folder / "stacks" / "main.py").read_text(encoding="utf-8")
    assert "Uploads(" in merged
    assert "Jobs(" in merged


def test_the_page_tells_edited_files_from_others() -> None:
    edited = ["environments.toml", "stacks/main.py", ".github/workflows/diff.yml", "README.md"]
    others = ["modules/key.py", "tests/conftest.py", ".github/workflows/test.yml", "stacks/stack.py"]

    assert [file for file in [*edited, *others] if may_conflict(file)] == edited
