"""The import law: the packages that each package may import, read from the dotted names in the code.

Constructs do not read the environment, files or the network.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT

MAY_IMPORT = {
    "main": {"tools.bindings", "tools.outside", "settings", "stacks", "cdktf"},
    "settings": set(),
    "stacks": {"modules", "settings", "cdktf", "constructs"},
    "modules": {"settings", "cdktf", "constructs", "cdktf_cdktf_provider_aws"},
    "operations": {"settings", "tools.outside", "tools.toolchain"},
    "rehearsal": {"settings", "operations", "tools.outside", "tools.toolchain", "localaws.server"},
    "localaws": {"tools.toolchain", "moto"},
    "tools.bindings": set(),
    "tools.outside": set(),
    "tools.toolchain": {"tools.outside"},
    "tools.scanners": {"tools.outside", "tools.toolchain"},
    "tools.bench": {"settings", "tools.bindings", "tools.outside", "tools.toolchain"},
    "tools.successor": {"tools.outside", "tools.toolchain"},
    "tools.workflows": {"settings", "tools.outside", "tools.toolchain"},
}
"""Package to the packages that it may import, of the project and of the restricted dependencies."""

EXCEPTIONS = {"stacks.stack": {"cdktf_cdktf_provider_aws.provider"}}  # the stack configures the provider

THE_PROJECTS = {room.partition(".")[0] for room in MAY_IMPORT} | {"tests"}
OTHERS = {"cdktf", "constructs", "cdktf_cdktf_provider_aws", "moto"}
REACHES_OUT = {"http", "os", "pathlib", "requests", "socket", "subprocess", "sys", "tempfile", "urllib"}


def dotted(file: Path) -> str:
    """Return the dotted name of a file."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {
    dotted(file): file
    for top in sorted(THE_PROJECTS - {"tests"})
    for file in ([ROOT / f"{top}.py"] if (ROOT / f"{top}.py").exists() else sorted((ROOT / top).rglob("*.py")))
    if file.stat().st_size and dotted(file) != "tools"  # tools/__init__.py has only a docstring
}


def imports(source: str) -> Iterator[str]:
    """Yield the dotted names of all imports in a source text: modules, and names from modules."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def inside(name: str, room: str) -> bool:
    return f"{name}.".startswith(f"{room}.")


def law_of(module: str) -> set[str]:
    """Return the packages that a module may import."""
    [room] = [room for room in MAY_IMPORT if inside(module, room)]
    return MAY_IMPORT[room] | {room} | EXCEPTIONS.get(module, set())


def broken(module: str, source: str) -> set[str]:
    """Return the imports of a module that the law does not allow."""
    governed = {name for name in imports(source) if name.split(".")[0] in THE_PROJECTS | OTHERS | {""}}
    return {name for name in governed if not any(inside(name, room) for room in law_of(module))}


@pytest.mark.parametrize("module", FILES)
def test_every_module_keeps_the_import_law(module: str) -> None:
    assert broken(module, FILES[module].read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("module", "statement", "name"),
    [
        ("settings.file", "from stacks.main import MainStack", "stacks.main.MainStack"),
        ("settings.file", "import tools.toolchain", "tools.toolchain"),
        ("modules.ecs.service", "from stacks import main", "stacks.main"),
        ("modules.ecs.service", "import tools.bindings", "tools.bindings"),
        ("stacks.main", "from cdktf_cdktf_provider_aws.vpc import Vpc", "cdktf_cdktf_provider_aws.vpc.Vpc"),
        ("stacks.main", "import operations.wait", "operations.wait"),
        ("main", "from modules.ecs.service import Service", "modules.ecs.service.Service"),
        ("main", "from tools import toolchain", "tools.toolchain"),
        ("operations.wait", "from localaws.server import LocalAws", "localaws.server.LocalAws"),
        ("operations.wait", "def f():\n    import rehearsal.steps", "rehearsal.steps"),
        ("operations.wait", "import moto", "moto"),
        ("rehearsal.steps", "from localaws import runner", "localaws.runner"),
        ("rehearsal.steps", "from localaws.iam.roles import Aws", "localaws.iam.roles.Aws"),
        ("rehearsal.steps", "from modules.iam import Role", "modules.iam.Role"),
        ("localaws.ecs.tasks", "from settings import load", "settings.load"),
        ("localaws.ecs.tasks", "from operations.wait import until", "operations.wait.until"),
        ("localaws.ecs.tasks", "import rehearsal.system", "rehearsal.system"),
        ("localaws.ecs.tasks", "from ..iam import roles", "..iam.roles"),
        ("localaws.ecs.tasks", "from tools.scanners import audit", "tools.scanners.audit"),
        ("tools.toolchain.cli", "from settings import load", "settings.load"),
        ("tools.scanners.audit", "from tools.bench import synth", "tools.bench.synth"),
        ("tools.bindings", "from cdktf import App", "cdktf.App"),
        ("tools.workflows", "from operations import command", "operations.command"),
        ("modules.ecs.service", "from tests import synthesized", "tests.synthesized"),
    ],
)
def test_an_import_across_the_law_is_found(module: str, statement: str, name: str) -> None:
    assert broken(module, statement) == {name}


@pytest.mark.parametrize("module", [name for name in FILES if name.split(".")[0] in ("stacks", "modules")])
def test_no_construct_reads_the_environment_a_file_or_the_network(module: str) -> None:
    found = {name.split(".")[0] for name in imports(FILES[module].read_text(encoding="utf-8"))}

    assert found & REACHES_OUT == set()
