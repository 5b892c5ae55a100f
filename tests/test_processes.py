"""A command leaves no process behind, however it ends."""

import os
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from toolchain import processes

# A child in a session of its own, as cdktf gives to Terraform, which ignores what a terminal sends.
FAMILY = textwrap.dedent("""
    import signal, subprocess, sys, time
    def deaf():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    process = subprocess.Popen(["sleep", "600"], start_new_session=True, preexec_fn=deaf)
    print(process.pid, flush=True)
    time.sleep(600)
""")


def run(program: str, on_line: processes.OnLine) -> tuple[int, str]:
    return processes.run([sys.executable, "-c", program], cwd=Path.cwd(), environment=os.environ, on_line=on_line)


def test_it_hands_over_each_line_and_gives_the_exit_code_and_the_output() -> None:
    lines: list[str] = []

    code, output = run("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)", lines.append)

    assert (code, output, lines) == (3, "out\nerr\n", ["out", "err"])


def test_an_interruption_ends_the_command_and_a_child_in_a_session_of_its_own() -> None:
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(FAMILY, interrupt)

    [pid] = pids
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
