"""Copies of the project, which a test changes as a team would, and in which it then runs the project's commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.synthesized import ROOT
from tools.toolchain.clean import MADE

INSTALLED = (".venv", ".tools", "node_modules")
"""The folders with installed packages, to which a copy has links."""


class Copy:
    """A copy of the project, without its git history, in the folder `folder`."""

    def __init__(self, folder: Path) -> None:
        ignored = shutil.ignore_patterns(*MADE, ".git", "__pycache__", "*.tfstate*", "cdktf.out*")
        shutil.copytree(ROOT, folder, ignore=ignored, symlinks=True)
        for name in INSTALLED:
            if (ROOT / name).exists():
                (folder / name).symlink_to(ROOT / name)
        self.folder = folder

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace a text in a file of the copy. The text must be in the file."""
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{name} does not contain {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def python(self, *arguments: str) -> str:
        """Run a Python module in the copy, and return its output.

        Raises:
            AssertionError: The module failed. The message is its output.
        """
        left_out = ("PYTEST_", "ENVIRONMENTS_FILE", "PYTHONPATH")
        process = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if not name.startswith(left_out)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout
        return process.stdout
