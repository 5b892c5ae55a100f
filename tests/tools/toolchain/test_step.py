"""A step of the set-up: one line of output, and one make at a time."""

import ast
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.support.synthesized import ROOT
from tools.toolchain import step

SECONDS = re.compile(r"\b\d+ s\b")
PROGRAM = ROOT / "tools" / "toolchain" / "step.py"


def started(folder: Path, command: str, *prerequisites: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, PROGRAM, "Installing it", "target", command, *prerequisites],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(folder: Path, command: str, *prerequisites: str) -> tuple[int, str]:
    process = started(folder, command, *prerequisites)
    output, _ = process.communicate()
    return process.returncode, SECONDS.sub("N s", output)


def test_a_missing_target_is_made_with_one_line(tmp_path: Path) -> None:
    assert run(tmp_path, "echo noise; touch target") == (0, "Installing it ... N s\n")
    assert (tmp_path / "target").exists()


def test_a_target_is_made_again_if_a_prerequisite_is_newer(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / "target").touch()
    os.utime(tmp_path / "lock", (1, 1))
    assert run(tmp_path, "false", "lock") == (0, "")

    os.utime(tmp_path / "target", (0, 0))
    assert run(tmp_path, "touch target", "lock") == (0, "Installing it ... N s\n")


def test_a_failed_command_shows_its_output(tmp_path: Path) -> None:
    code, output = run(tmp_path, "seq 100; exit 3")

    first, *tail, last = output.splitlines()
    assert (code, first, tail) == (1, "Installing it ... failed after N s", [str(line) for line in range(71, 101)])
    assert last == "✗ Installing it: exit code 3; .tools/step.log has the whole output"
    assert (tmp_path / ".tools/step.log").read_text().splitlines() == [str(line) for line in range(1, 101)]


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/pipenv/",
        "npm http fetch GET attempt 1 failed with ENOTFOUND",
    ],
)
def test_a_missing_network_is_reported_at_the_first_attempt(line: str, tmp_path: Path) -> None:
    process = started(tmp_path, f'echo "{line}"; while [ ! -e told ]; do sleep 0.01; done; exit 1')
    assert process.stdout

    assert process.stdout.readline() == f"Installing it ... no connection yet: {line}\n"
    (tmp_path / "told").touch()
    first, *_, last = process.communicate()[0].splitlines()
    assert (process.returncode, SECONDS.sub("N s", first), last) == (1, "failed after N s", step.NETWORK)


def test_two_makes_at_the_same_time_run_the_step_one_time(tmp_path: Path) -> None:
    command = "echo x >> done; while [ ! -e go ]; do sleep 0.01; done; touch target"
    first = started(tmp_path, command)
    while not (tmp_path / "done").exists():
        time.sleep(0.01)
    second = started(tmp_path, command)
    assert second.stdout
    assert second.stdout.readline() == "Waiting for another make that is setting up this folder\n"
    (tmp_path / "go").touch()

    assert (SECONDS.sub("N s", first.communicate()[0]), second.communicate()[0]) == ("Installing it ... N s\n", "")
    assert (first.returncode, second.returncode) == (0, 0)
    assert (tmp_path / "done").read_text() == "x\n"


INTERRUPTED_AT_THE_START = """
import os, signal, subprocess, sys, time
from pathlib import Path
from tools.toolchain import step

class Popen(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        Path("pid").write_text(str(self.pid))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)

subprocess.Popen = Popen
sys.exit(step.main("Installing it", "target", "sleep 60"))
"""


def test_a_signal_during_the_start_leaves_no_command(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_THE_START],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.returncode, process.stderr) == (130, "✗ interrupted\n")
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_and_its_children(number: signal.Signals, tmp_path: Path) -> None:
    process = started(tmp_path, "sh -c 'echo $$ > pid.new; mv pid.new pid; sleep 600; true'; touch target")
    while not (tmp_path / "pid").exists():
        time.sleep(0.01)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    output, _ = process.communicate()

    assert (process.returncode, output) == (130, "Installing it ... ✗ interrupted\n")
    assert len(children) >= 2
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / ".tools").touch()

    assert run(tmp_path, "touch target") == (1, "✗ .tools: File exists\n")


def test_an_old_python_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    assert step.main("Installing it", "target", "touch target") == 1
    assert capsys.readouterr().err == (
        "✗ Python 3.11 or later is needed, got 3.9; name another Python with make PYTHON=...\n"
    )


def test_an_older_python_can_import_the_file() -> None:
    """Before Python 3.9, an annotation such as `Iterable[Path]` fails when the function is defined."""
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"), feature_version=(3, 7))

    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    annotations = [each.annotation for function in functions for each in function.args.args] + [
        function.returns for function in functions
    ]
    assert len(annotations) > 10
    assert [each for each in annotations if isinstance(each, ast.Subscript | ast.BinOp)] == []


def test_sighup_is_ignored_under_nohup(tmp_path: Path) -> None:
    process = subprocess.Popen(
        ["nohup", sys.executable, PROGRAM, "Installing it", "target", "touch begun; sleep 0.5; touch target"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)

    assert process.wait() == 0
