"""Copies of the project, which a test changes as a team would, and in which it then runs the project's commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from settings.location import FILE_VARIABLE
from tests.support.synthesized import ROOT
from tools.toolchain.clean import MADE

EXAMPLES = ROOT / "examples" / "extending"

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

    def apply(self, example: str) -> None:
        """Apply the patch of an example."""
        try:
            self.git("apply", str(EXAMPLES / f"{example}.patch"))
        except AssertionError as error:
            hint = 'docs/extending.md, "Write a patch again", says how to update the patch'
            raise AssertionError(f"{error}{hint}") from None

    def git(self, *arguments: str) -> str:
        """Run git in the copy, and return its output."""
        author = ["-c", "user.name=team", "-c", "user.email=team@example.com"]
        return self._run("git", *author, *arguments)

    def python(self, *arguments: str) -> str:
        """Run a Python module in the copy, and return its output."""
        return self._run(sys.executable, "-m", *arguments)

    def _run(self, *command: str) -> str:
        """Run a command in the copy, and return its output.

        Raises:
            AssertionError: The command failed. The message is its output.
        """
        left_out = ("PYTEST_", "GIT_", FILE_VARIABLE, "PYTHONPATH", "REQUIRE_PUBLISHED")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        # git must not find a repository above the copy, where it would skip the files of a patch.
        added = {"GIT_CEILING_DIRECTORIES": str(self.folder.parent), "REQUIRE_PROVIDER": "1"}
        process = subprocess.run(
            command,
            cwd=self.folder,
            env=kept | added,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout
        return process.stdout
