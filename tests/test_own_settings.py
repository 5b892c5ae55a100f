"""Copies of the project with the settings of a team: their files agree with each other after the README's commands.

The tests with the marker `project` check that. All other tests do not read these settings.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from settings import load
from tests.support.copies import Copy
from tests.support.settings_files import as_published
from tests.support.synthesized import ROOT

FILE = "environments.toml"

pytestmark = [pytest.mark.slow, as_published]


def own_names(copy: Copy) -> None:
    copy.replace(FILE, 'app = "example-app"', 'app = "shop"')
    copy.replace(FILE, '# account_id = "123456789012"', 'account_id = "111122223333"')
    copy.replace(FILE, 'domain = "example-app.dev-environment.com"', 'domain = "dev.shop.example.org"')
    copy.replace(FILE, 'domain = "example-app.com"', 'domain = "shop.example.org"')


def state_in_s3_and_workflows(copy: Copy) -> None:
    copy.replace(FILE, 'backend = "local" ', 'backend = "s3" ')
    copy.replace(FILE, '# bucket = "example-app-terraform-state"', 'bucket = "shop-terraform-state"')
    copy.replace(FILE, "# [defaults.ci]", "[defaults.ci]")
    copy.replace(FILE, "# [defaults.push]", "[defaults.push]")
    copy.replace(FILE, '# repository = "owner/name"', 'repository = "acme/shop"')
    copy.replace(FILE, '# branch = "main"', 'branch = "trunk"')


def a_third_environment(copy: Copy) -> None:
    copy.replace(FILE, "[production]\n", '[acceptance-eu]\ndomain = "acceptance.example.com"\n\n[production]\n')


def only_dev(copy: Copy) -> None:
    file = copy.folder / FILE
    file.write_text(file.read_text(encoding="utf-8").partition("[production]\n")[0], encoding="utf-8")


def renamed_environments(copy: Copy) -> None:
    for old, new in (("dev", "staging"), ("production", "live")):
        copy.replace(FILE, f"[{old}]", f"[{new}]")
        copy.replace(FILE, f"[{old}.", f"[{new}.")


def one_setting(copy: Copy) -> None:
    copy.replace(FILE, "desired_count = 1 ", "desired_count = 3 ")


MARKED = [
    str(file.relative_to(ROOT))
    for file in sorted((ROOT / "tests").rglob("test_*.py"))
    if "pytest.mark.project" in file.read_text(encoding="utf-8") and file != Path(__file__)
]
"""The test files that a copy runs: the collection of all others would take longer than these tests."""


OTHERS = [
    *(
        "tests/operations/test_deploy.py",
        "tests/operations/commands/test_outputs.py",
        "tests/operations/diff/test_main.py",
    ),
    *("tests/rehearsal/test_main.py", "tests/test_main.py", "tests/test_synth.py"),
]
"""Tests that run programs of the project, which read the settings file."""


@pytest.mark.parametrize(
    "change",
    [own_names, state_in_s3_and_workflows, a_third_environment, only_dev, renamed_environments, one_setting],
    ids=lambda change: change.__name__,
)
def test_a_copy_with_own_settings_agrees_with_itself(change: Callable[[Copy], None], tmp_path: Path) -> None:
    copy = Copy(tmp_path / "project")
    change(copy)
    assert load(copy.folder / FILE) != load(ROOT / FILE)

    copy.python("tools.workflows")
    copy.python("pytest", "--quiet", "--snapshot-update", "tests/stacks/test_snapshots.py")

    ran = copy.python("pytest", "--quiet", "-m", "project", *MARKED)
    passed = re.search(r"(\d+) passed", ran)
    assert passed
    assert int(passed[1]) > 300


def test_files_that_disagree_are_named_with_the_command(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "project")
    renamed_environments(copy)

    with pytest.raises(AssertionError) as error:
        copy.python("pytest", "--quiet", "-m", "project", *MARKED)

    said = str(error.value)
    assert "is not what `make workflows` writes" in said
    assert "make snapshots" in said


def test_the_other_tests_do_not_read_the_settings_of_a_team(tmp_path: Path) -> None:
    """The programs of these tests would find neither `dev` nor the path `/`."""
    copy = Copy(tmp_path / "project")
    renamed_environments(copy)
    copy.replace(FILE, 'health_check_path = "/" ', 'health_check_path = "/health" ')

    copy.python("pytest", "--quiet", "-m", "not slow and not project", *OTHERS)
