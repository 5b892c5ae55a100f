"""The table of commands."""

import re
import subprocess
import tomllib

from tests.support.synthesized import ROOT


def test_make_and_pipenv_offer_the_same_commands_and_help_shows_them_all() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    scripts = tomllib.loads((ROOT / "Pipfile").read_text())["scripts"]
    help_ = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert scripts == {name: f"make {name}" for name in targets}
    assert re.findall(r"^  make ([a-z-]+) +\S", help_, flags=re.MULTILINE) == targets
