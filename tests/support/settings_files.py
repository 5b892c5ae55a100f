"""Settings files, and their errors."""

import os
import re
from pathlib import Path

import pytest

from settings import SettingsError, load
from tests.support.synthesized import ROOT

ENVIRONMENTS = ROOT / "tests" / "support" / "environments.toml"
"""The file that every program reads in the tests, unless a test names another file or is marked `project`."""

as_published = pytest.mark.skipif(
    load(ROOT / "environments.toml") != load(ENVIRONMENTS) and os.environ.get("REQUIRE_PUBLISHED") != "1",
    reason="environments.toml has other settings than tests/support/environments.toml, as in a copy of a team",
)
"""Marks a test of the project with its published settings, such as a test that changes these settings.

With REQUIRE_PUBLISHED=1, as in the CI of this project, the test runs in any case.
"""

MINIMAL = """
[dev]
app = "example-app"
region = "eu-central-1"
domain = "example-app.dev-environment.com"
"""


def written(folder: Path, text: str) -> Path:
    """Write a settings file."""
    file = folder / "environments.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(file: Path) -> list[str]:
    """Return the errors of a file, without the file's name at their beginning."""
    with pytest.raises(SettingsError) as caught:
        load(file)
    lines = str(caught.value).split("\n")
    assert all(line.startswith(f"{file.name}: ") for line in lines)
    return [line.removeprefix(f"{file.name}: ") for line in lines]


def with_line(folder: Path, line: str) -> Path:
    """Write the smallest settings file with an added or a replaced line."""
    key = line.split(" = ")[0]
    return written(folder, re.sub(rf"^{re.escape(key)} = .*\n", "", MINIMAL, flags=re.MULTILINE) + line)
