"""The examples of docs/extending.md: a copy with their resources passes its tests, and the deploy role deploys it."""

import re
from pathlib import Path

import pytest

from tests.support.copies import EXAMPLES, Copy
from tests.support.settings_files import as_published
from tests.support.synthesized import ROOT

pytestmark = as_published

NAMES = [file.stem for file in sorted(EXAMPLES.glob("*.patch"))]
FAST_TESTS = [
    *("tests/modules", "tests/stacks", "tests/localaws/iam", "tests/localaws/test_fixes.py"),
    *(f"tests/rehearsal/test_{name}.py" for name in ("checks", "delivery", "leftovers", "rotation", "workflow_roles")),
    *("tests/test_layout.py", "tests/test_docs.py", "tests/test_fidelity.py", "tests/test_import_law.py"),
    "tests/test_verbs.py",
]
"""The fast tests that read the stacks, the constructs, the fixes of moto or the documentation.

No example changes what the other tests of rehearsals are about: images, and the processes of `make rehearse`.
"""


def added_tests() -> list[str]:
    """Return the test files of the local AWS that the examples add. They are not in `FAST_TESTS`."""
    text = "".join(file.read_text(encoding="utf-8") for file in EXAMPLES.glob("*.patch"))
    return re.findall(r"^\+\+\+ b/(tests/localaws/\S*/test_\w+\.py)$", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_each_example_applies_alone(name: str, tmp_path: Path) -> None:
    Copy(tmp_path / "project").apply(name)


def test_the_page_names_every_example() -> None:
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")

    assert set(re.findall(r"examples/extending/([\w-]+)\.patch", page)) == set(NAMES)


@pytest.fixture(
    scope="module",
    params=[
        NAMES,
        *(
            pytest.param([name], marks=pytest.mark.thorough("another copy has all examples, this one has one of them"))
            for name in NAMES
        ),
    ],
    ids=" ".join,
)
def copy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Return a copy with examples and the new snapshots."""
    copy = Copy(tmp_path_factory.mktemp("extended") / "project")
    for name in request.param:
        copy.apply(name)
    copy.python("pytest", "--quiet", "--snapshot-update", "tests/stacks/test_snapshots.py")
    return copy


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_a_copy_with_the_examples_passes_the_fast_tests(copy: Copy) -> None:
    added = [file for file in added_tests() if (copy.folder / file).exists()]
    assert added
    copy.python("ruff", "check", "--no-cache", ".")
    copy.python("pytest", "--quiet", "-m", "not slow", *FAST_TESTS, *added)


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.thorough("scans the project a second time, with the few resources of the examples")
@pytest.mark.usefixtures("provider")
def test_a_copy_with_the_examples_passes_the_policy_scan(copy: Copy) -> None:
    copy.python("pytest", "--quiet", "tests/system/test_policy_scan.py::test_nothing_fails_but_what_is_accepted[dev]")


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_the_deploy_role_deploys_a_copy_with_the_examples(copy: Copy) -> None:
    """No example changes what the other tests of that file are about: denials, and the push role."""
    deploys = "tests/system/test_github_roles.py::test_the_deploy_role_deploys_every_stack"
    copy.python("pytest", "--quiet", deploys)
