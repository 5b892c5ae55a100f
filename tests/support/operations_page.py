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


def commands() -> list[str]:
    """Return each block of the page that runs the AWS CLI, and each command with options in its running text.

    A block that runs docker is left out, because there may be no Docker engine.
    """
    shell = [dedent(block) for block in blocks(TEXT, "sh") if re.search(r"\baws ", block) and "docker" not in block]
    return [*shell, *(span for span in spans(TEXT) if re.match(r"aws .* --", span))]


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
