"""The lock of an output folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.synthesized import ROOT
from tools.toolchain import lock
from tools.toolchain.lock import LockedError

HOLDER = """
import pathlib, sys, time
from tools.toolchain import lock
with lock.held(pathlib.Path(sys.argv[1]), by="make diff ENV=dev"):
    print("held", flush=True)
    time.sleep(20)
"""


def test_a_second_command_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "cdktf.out"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with pytest.raises(LockedError) as refused, lock.held(folder, by="make apply ENV=dev"):
            pass
        first.send_signal(signal.SIGKILL)

    assert str(refused.value) == (
        f"{folder} is in use by `make diff ENV=dev` (process {first.pid}); wait until that process ends, or end it"
    )
    with lock.held(folder, by="make apply ENV=dev"):
        assert (folder / ".lock").read_text() == f"`make apply ENV=dev` (process {os.getpid()})\n"


WORKING = """
import os, pathlib, sys
from tools.toolchain import lock, processes
with lock.held(pathlib.Path(sys.argv[1]), by="cdktf deploy"):
    processes.run_in_foreground(["sh", "-c", "echo $$; exec sleep 20"], cwd=pathlib.Path.cwd(), environment=os.environ)
"""


def test_a_command_keeps_the_lock_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKING, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        command = int(parent.stdout.readline())
        parent.kill()
        parent.wait()

        with pytest.raises(LockedError), lock.held(tmp_path, by="make diff"):
            pass
        os.kill(command, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(command)] if psutil.pid_exists(command) else [], timeout=5)

    with lock.held(tmp_path, by="make diff"):
        pass


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("operations.diff", ["dev"]),
        ("operations.diff", ["dev", "--apply"]),
        ("operations", ["outputs", "dev"]),
        ("cdktf", ["synth"]),
    ],
)
def test_every_program_reports_a_lock_in_one_message(program: str, arguments: list[str], tmp_path: Path) -> None:
    command = [str(ROOT / "tools/toolchain/cdktf")] if program == "cdktf" else [sys.executable, "-m", program]
    with lock.held(tmp_path, by="make deploy ENV=dev"):
        process = subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            env=os.environ | {"CDKTF_OUTPUT": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert (process.returncode, process.stdout, process.stderr) == (
        1,
        "",
        (
            f"✗ {tmp_path} is in use by `make deploy ENV=dev` (process {os.getpid()}); "
            "wait until that process ends, or end it\n"
        ),
    )
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
