"""make, run as from a shell, even if make runs the tests."""

import os
import subprocess
from collections.abc import Mapping

from tests.support.synthesized import ROOT


def make(*arguments: str, variables: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run make in the project's folder, without a terminal."""
    base = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={**base, **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
