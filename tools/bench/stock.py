"""The stock import, which loads all AWS bindings, as without `tools.bindings`. The program runs main.py with it."""

import runpy
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType


def install() -> None:
    """Replace `tools.bindings` with a package that changes nothing. The program has not yet imported it."""
    package = ModuleType("tools.bindings")
    package.__path__ = [str(Path(__file__).parents[1] / "bindings")]
    sys.modules[package.__name__] = package
    successor = import_module("tools.bindings.successor")
    if successor.ACTIVE:
        successor.install()


if __name__ == "__main__":
    install()
    sys.argv = ["main.py"]
    runpy.run_path("main.py", run_name="__main__")
