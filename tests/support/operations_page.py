"""The AWS commands of docs/operations.md, as a user pastes them into a shell."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from tests.support.synthesized import ROOT
from tests.test_docs import blocks, spans

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


RESTORE = "Restore the database"
"""The section with steps that depend on each other. `tests/system/test_diff_and_apply.py` runs them."""


def section(heading: str) -> str:
    """Return the text of a section of the second level."""
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def commands() -> list[str]:
    """Return each block of the page that runs the AWS CLI, and each command with options in its running text.

    The section `RESTORE` is left out. A block that runs docker is left out, because there may be no Docker engine.
    """
    text = TEXT.replace(section(RESTORE), "")
    shell = [dedent(block) for block in blocks(text, "sh") if re.search(r"\baws ", block) and "docker" not in block]
    return [*shell, *(span for span in spans(text) if re.match(r"aws .* --", span))]


def run(command: str, environment: Mapping[str, str], folder: Path) -> str:
    """Run a block in a shell with the project's programs on its PATH, and return its output.

    Raises:
        AssertionError: A command of the block fails.
    """
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["sh", "-eu", "-c", command],
        env={**environment, "PATH": path, "REGISTRY_AUTH_FILE": str(folder / "auth.json")},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout
