"""The type checks of generated functions, which the project leaves out. The kernel of jsii checks the types again.

At each call, a generated function reads the type hints of its arguments, and typeguard checks the arguments. For 20
environments, this takes a third of the CPU time of Python. The kernel refuses most of the same values, and names the
argument. It accepts an object in place of a map, and a list in place of a struct. mypy refuses both.
"""

import importlib.metadata
import sys
import typing
from collections import defaultdict
from functools import cache
from importlib.util import find_spec, module_from_spec
from typing import Any


def leave_out() -> None:
    """Leave the type checks of generated functions out. Call this before the first import of a generated module."""
    # Each generated module asks for the version of typeguard. Each answer reads a file.
    vars(importlib.metadata)["version"] = cache(importlib.metadata.version)
    _allow_all_types()
    if "typeguard" not in sys.modules:
        _import_typeguard_later()


def _allow_all_types() -> None:
    read, anything = typing.get_type_hints, defaultdict[str, Any](lambda: Any)

    def get_type_hints(described: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
        is_generated = getattr(described, "__name__", "").startswith("_typecheckingstub__")
        return anything if is_generated else read(described, *arguments, **options)

    vars(typing)["get_type_hints"] = get_type_hints


def _import_typeguard_later() -> None:
    # Generated modules need only one function of typeguard, and its import takes 30 ms. If a program reads another
    # attribute of the module, or checks a type itself, the code of typeguard runs.
    spec = find_spec("typeguard")
    if spec is None or spec.loader is None:
        return
    module, run = module_from_spec(spec), spec.loader.exec_module

    def load(name: str) -> Any:
        if vars(module).pop("__getattr__", None):
            run(module)
        return getattr(module, name)

    def check_type(*arguments: Any, **named: Any) -> Any:
        return None if named.get("expected_type") is Any else load("check_type")(*arguments, **named)

    vars(module).update(check_type=check_type, __getattr__=load)
    sys.modules["typeguard"] = module
