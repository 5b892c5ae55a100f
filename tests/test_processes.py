"""A command leaves no process behind, however it ends."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from tests.synthesized import ROOT
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


# Python, for a shell cannot trap a SIGINT that whoever started it ignored.
TERRAFORM = """
    import signal, sys, time
    def stop(number, frame):
        open(sys.argv[1], "w").write("state saved")
        sys.exit(1)
    signal.signal(signal.SIGINT, stop)
    print("applying", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def terraform(tmp_path: Path) -> list[str]:
    """The command of a Terraform that takes long, and the file in which it says that it was let end."""
    program = tmp_path / "terraform"
    program.write_text(f"#!{sys.executable}\n{textwrap.dedent(TERRAFORM)}")
    program.chmod(0o755)
    return [str(program), str(tmp_path / "said")]


def test_an_interruption_lets_terraform_save_its_state(terraform: list[str]) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(f"import subprocess; subprocess.run({terraform}, start_new_session=True)", interrupt)

    assert Path(terraform[1]).read_text() == "state saved"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_handed_over_to_is_told_of_either_signal(
    number: signal.Signals, terraform: list[str]
) -> None:
    program = (
        "import os, pathlib, sys; from toolchain import processes;"
        f"sys.exit(processes.hand_over({terraform}, cwd=pathlib.Path.cwd(), environment=os.environ))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == "applying\n"
        process.send_signal(number)

    assert process.returncode == 1
    assert Path(terraform[1]).read_text() == "state saved"
