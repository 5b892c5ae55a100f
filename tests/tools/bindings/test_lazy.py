"""The script that Node preloads: lazy loading, and what it does when a module has an unknown layout."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tests.tools.bindings.programs import CDK, LIBRARY


def root_module(folder: Path, statement: str) -> str:
    """Write a small root module of the provider, and return a script that prints what it loads before and after use."""
    library = folder / LIBRARY
    (library / "vpc").mkdir(parents=True)
    (library / "vpc" / "index.js").write_text('loaded.push("vpc"); exports.Vpc = "a vpc";')
    (library / "index.js").write_text(
        "/* A licence\n   of two lines */\n"
        '"use strict";\n'
        'Object.defineProperty(exports, "__esModule", { value: true });\n'
        "exports.vpc = exports.subnet = void 0;\n"
        "// generated\n"
        f"{statement}\n"
    )
    return (
        "globalThis.loaded = [];"
        f"const root = require({json.dumps(str(library))}), first = [...loaded];"
        "console.log(JSON.stringify([first, root.vpc.Vpc, root.__esModule, loaded]));"
    )


def preloaded_node(script: str) -> subprocess.CompletedProcess[str]:
    command = ["node", "--require", str(ROOT / "tools" / "bindings" / "lazy.cjs"), "-e", script]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)


HELPERS = """
var __bind = (this && this.__bind) || (Object.create ? (function(o, m) {
    o[m] = m;
}) : (function(o, m) {
    o[m] = m;
}));
var __importStar = (this && this.__importStar) || (function () {
    return function (mod) {
        return mod;
    };
})();
"""


@pytest.mark.parametrize(
    "statements",
    ['exports.vpc = require("./vpc");', f'{HELPERS}exports.vpc = __importStar(require("./vpc/index"));'],
    ids=["cdktf", "cdktn"],
)
def test_node_loads_a_module_at_its_first_use(statements: str, tmp_path: Path) -> None:
    process = preloaded_node(root_module(tmp_path, statements))

    assert (json.loads(process.stdout), process.stderr) == ([[], "a vpc", True, ["vpc"]], "")


@pytest.mark.parametrize(
    "statement",
    [
        'exports.vpc = { ...require("./vpc") };',
        'const vpc = require("./vpc"); exports.vpc = vpc;',
        'const star = (mod) => mod; exports.vpc = star(require("./vpc"));',
    ],
)
def test_an_unknown_root_module_falls_back_with_one_message(statement: str, tmp_path: Path) -> None:
    process = preloaded_node(root_module(tmp_path, statement))

    assert json.loads(process.stdout) == [["vpc"], "a vpc", True, ["vpc"]]
    assert process.stderr == (
        "bindings: every AWS binding is loaded, which is slow: "
        f"{tmp_path}/{LIBRARY}index.js has a layout that lazy.cjs does not support\n"
    )


def test_tokens_capture_no_stack_trace(tmp_path: Path) -> None:
    module = tmp_path / CDK / "lib" / "tokens" / "private" / "stack-trace.js"
    module.parent.mkdir(parents=True)
    module.write_text('exports.captureStackTrace = () => ["a frame"];')

    process = preloaded_node(f"console.log(require({json.dumps(str(module))}).captureStackTrace().length)")

    assert process.stdout == "0\n"


def test_a_definition_is_read_alone(tmp_path: Path) -> None:
    definitions = tmp_path / ".jsii.runtime-defs.v1.jsonl"
    definitions.write_text('{"a": "ä"}\n{"b": 1}\n')

    process = preloaded_node(
        f"const read = require('node:fs').readFileSync({json.dumps(str(definitions))});"
        "console.log(read.length, read.toString('utf-8', 0, 11), read.toString('utf-8', 12, 20));"
    )

    assert process.stdout == 'undefined {"a": "ä"} {"b": 1}\n'


def test_the_kernel_does_not_wait_for_other_workers() -> None:
    preloaded_node(
        "new (require('node:worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true });"
        "setTimeout(() => process.exit(), 100);"
    )
