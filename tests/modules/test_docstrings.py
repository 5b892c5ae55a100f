"""The arguments in the docstrings of constructs are those of their `__init__`."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.synthesized import ROOT

FILES = sorted((ROOT / "modules").rglob("*.py"))


def documented() -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each class with a section `Args:`, the arguments that it lists, and those of its `__init__`."""
    for file in FILES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            docstring = ast.get_docstring(node) if isinstance(node, ast.ClassDef) else None
            if isinstance(node, ast.ClassDef) and docstring and "Args:" in docstring:
                section = docstring.partition("Args:\n")[2].partition("\n\n")[0]
                yield node.name, re.findall(r"^    (\w+): ", section, re.MULTILINE), _arguments(node)


def _arguments(node: ast.ClassDef) -> list[str]:
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            return [argument.arg for argument in member.args.kwonlyargs]
    return [
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]


@pytest.mark.parametrize(
    ("name", "listed", "taken"), list(documented()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_argument_is_listed_in_its_order(name: str, listed: list[str], taken: list[str]) -> None:
    assert listed == taken, name


def test_most_constructs_have_arguments_to_list() -> None:
    assert len(list(documented())) > 10
