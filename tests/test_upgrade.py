"""A later version of the project merges into a copy that a team has changed, as docs/upgrading.md says."""

import re
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.copies import INSTALLED, Copy
from tests.support.settings_files import as_shipped
from tests.support.synthesized import ROOT
from tests.test_own_settings import FILE, MARKED, own_names, renamed_environments

pytestmark = [pytest.mark.slow, as_shipped]


def table() -> list[str]:
    """Return the first cells of the table of files in docs/upgrading.md, without the heading."""
    page = (ROOT / "docs" / "upgrading.md").read_text(encoding="utf-8")
    section = page.partition("\n## Merge a newer version\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (.*?) \|", section, re.MULTILINE)[1:]


def may_conflict(file: str) -> bool:
    """Return whether docs/upgrading.md names the file, or a folder of the file, among the files that a team edits."""
    *edited, _ = table()
    return any(file.startswith(name) for cell in edited for name in re.findall(r"`([^`]+)`", cell))


def commit(copy: Copy, message: str) -> None:
    copy.python("tools.workflows")
    copy.python("pytest", "--quiet", "--snapshot-update", "tests/stacks/test_snapshots.py")
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
    copy.git("checkout", "--theirs", ".github/workflows", "tests/stacks/__snapshots__", "docs/policy-scan.md")
    assert [file for file in conflicts if "\n<<<<<<< " in (copy.folder / file).read_text(encoding="utf-8")] == []
    commit(copy, "merge the later version")
    copy.python("pytest", "--quiet", "-m", "project", *MARKED)
    snapshots = (copy.folder / "tests" / "stacks" / "__snapshots__" / "test_snapshots").iterdir()
    assert {file.name.partition("-")[0] for file in snapshots} == {"test_stack[staging", "test_stack[live"}
    merged = (copy.folder / "stacks" / "main.py").read_text(encoding="utf-8")
    assert "Uploads(" in merged
    assert "Jobs(" in merged
