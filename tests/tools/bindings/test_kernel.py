"""The kernel of jsii starts while Python imports modules, and behaves as the runtime of jsii does."""

import json
import re
from pathlib import Path

import pytest

from tests.tools.bindings.programs import AWS, CDK, python

# A runtime of jsii that says hello, and gives each load the same answer.
RUNTIME = """
const { createInterface } = require("node:readline");
const write = (message) => console.log(JSON.stringify(message));
write({ hello: process.env.HELLO });
createInterface({ input: process.stdin }).on("line", (line) => {
  if (JSON.parse(line).api === "load") write(JSON.parse(process.env.ANSWER));
});
"""

IMPORT_AND_USE = f"""
import tools.bindings
import {AWS}.vpc
from {CDK} import App
print("imported")
try:
    App()
except (AssertionError, Exception) as error:
    print(error)
"""


def import_and_use(folder: Path, *, hello: str = "@jsii/runtime@1.142.0", answer: object = None) -> list[str]:
    runtime = folder / "runtime.js"
    runtime.write_text(RUNTIME)
    process = python("-c", IMPORT_AND_USE, JSII_RUNTIME=str(runtime), HELLO=hello, ANSWER=json.dumps(answer))
    return process.stdout.splitlines()


def test_the_first_use_reports_a_package_that_was_not_loaded(tmp_path: Path) -> None:
    answer = {"error": "the package is malformed", "name": "@jsii/kernel.Fault", "stack": ""}

    assert import_and_use(tmp_path, answer=answer) == ["imported", "the package is malformed"]


def test_the_first_use_refuses_another_version_of_the_runtime(tmp_path: Path) -> None:
    assert import_and_use(tmp_path, hello="@jsii/runtime@1.0.0") == [
        "imported",
        "Invalid JSII Runtime Version: '@jsii/runtime@1.0.0'",
    ]


def test_an_import_does_not_wait_for_node(tmp_path: Path) -> None:
    silent = tmp_path / "runtime.js"
    silent.write_text('process.stdin.resume().on("end", () => process.exit());')

    process = python("-c", f"import tools.bindings, {AWS}.vpc; print('imported')", JSII_RUNTIME=str(silent))

    assert process.stdout == "imported\n"


def test_the_users_node_options_come_after_the_limit_of_memory(tmp_path: Path) -> None:
    """Node uses the last value of an option."""
    preload, report = tmp_path / "preload.cjs", tmp_path / "options"
    preload.write_text(f'require("node:fs").writeFileSync("{report}", process.env.NODE_OPTIONS);')

    python("-c", "import tools.bindings", NODE_OPTIONS=f"--max-semi-space-size=16 --require {preload}")

    assert re.findall("--max-semi-space-size=[0-9]+", report.read_text()) == [
        "--max-semi-space-size=1",
        "--max-semi-space-size=16",
    ]


def test_what_the_kernel_prints_reaches_the_user(tmp_path: Path) -> None:
    """The second text is longer than the pipe between the kernel and Python."""
    preload, text = tmp_path / "preload.cjs", "y" * 1_000_000
    preload.write_text('process.on("exit", () => { console.log("ü, said"); console.error("y".repeat(1_000_000)); });')

    process = python("-c", "import tools.bindings", NODE_OPTIONS=f"--require {preload}")

    assert process.stdout == "ü, said\n"
    assert process.stderr == f"{text}\n"


def test_the_messages_to_the_kernel_are_readable() -> None:
    """With JSII_DEBUG, the kernel prints each message."""
    process = python("-c", "import tools.bindings", JSII_DEBUG="1")

    [request, *_] = process.stderr.splitlines()
    assert request.startswith('> {"name":"constructs",')


def test_jsii_warns_about_a_node_that_it_does_not_support(tmp_path: Path) -> None:
    preload = tmp_path / "preload.cjs"
    preload.write_text('Object.defineProperty(process, "version", { value: "v19.0.0" });')

    process = python("-c", "import tools.bindings", NODE_OPTIONS=f"--require {preload}")

    assert "Node 19 is end-of-life and not supported" in process.stderr


@pytest.mark.parametrize(
    ("ends", "code"),
    [("process.exit(3);", "3"), ("process.kill(process.pid, 'SIGKILL');", "-9")],
)
def test_the_end_of_node_has_a_message(ends: str, code: str, tmp_path: Path) -> None:
    """Node ends during the imports, or before the first use."""
    runtime = tmp_path / "runtime.js"
    runtime.write_text(ends)
    program = f"""
import tools.bindings
try:
    from {CDK} import App
    App()
except OSError as error:
    print(error)
"""

    process = python("-c", program, JSII_RUNTIME=str(runtime))

    assert process.stdout == f"Node, which runs the kernel of jsii, has ended with the exit code {code}\n"
