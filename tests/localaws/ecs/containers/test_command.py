"""Commands of containers, which run as processes of this machine."""

import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from localaws.ecs.containers.command import LONGEST_LINE, CannotStartError, Command
from tests.support.localaws.aws_pipeline import TIMEOUT_SECONDS, until
from tests.support.localaws.build_in_a_folder import alive


def run(*command: str, **variables: str) -> tuple[int, list[str]]:
    """Run a command, and return its exit code and the lines of its output."""
    lines: list[str] = []
    ended = Event()
    made = Command(command, variables=variables, write=lines.extend, ended=ended.set)
    assert ended.wait(TIMEOUT_SECONDS)
    return made.exit_code, lines


def test_the_arguments_are_passed_without_a_shell() -> None:
    assert run("printf", "%s|", "a b", "$HOME", "*") == (0, ["a b|$HOME|*|"])


def test_a_command_has_its_variables_and_no_others() -> None:
    code, lines = run("env", USER="app")

    assert code == 0
    assert {line.partition("=")[0] for line in lines} == {"PATH", "HOME", "USER"}
    assert "USER=app" in lines


def test_the_output_has_the_lines_of_both_streams_in_order() -> None:
    assert run("sh", "-c", "echo one; echo two >&2; echo; printf three; exit 3") == (3, ["one", "two", "three"])


def test_a_long_line_becomes_several_events() -> None:
    code, lines = run(sys.executable, "-c", f"print('x' * {LONGEST_LINE + 5})")

    assert (code, "".join(lines)) == (0, "x" * (LONGEST_LINE + 5))
    assert len(lines) > 1


def test_bytes_that_are_not_utf_8_do_not_end_the_output() -> None:
    assert run("printf", r"\377a\nb") == (0, ["�a", "b"])


def test_a_command_begins_in_an_empty_folder_without_input() -> None:
    assert run("sh", "-c", 'ls -A; test "$PWD" = "$HOME"; cat') == (0, [])


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("no-such-program", 'exec: "no-such-program": executable file not found in $PATH'),
        ("/no/such/program", 'exec: "/no/such/program": stat /no/such/program: no such file or directory'),
        ("/", 'exec: "/": permission denied'),
        ("a\0b", "exec a\0b: embedded null byte"),
    ],
)
def test_a_program_that_cannot_be_executed_has_the_error_of_runc(program: str, error: str) -> None:
    with pytest.raises(CannotStartError) as raised:
        run(program)

    assert str(raised.value) == error


def test_a_terminated_command_ends_with_143_and_a_killed_one_with_137() -> None:
    codes = []
    for end in (Command.terminate, Command.kill):
        made = Command(["sleep", "60"], variables={}, write=lambda _: None, ended=lambda: None)
        assert not made.wait(0)
        end(made)
        assert made.wait(TIMEOUT_SECONDS)
        end(made)  # has no effect after the end
        codes.append(made.exit_code)

    assert codes == [143, 137]


def test_no_process_outlives_the_command(tmp_path: Path) -> None:
    run("sh", "-c", f"sleep 60 & echo $! >{tmp_path / 'pid'}")

    assert not alive((tmp_path / "pid").read_text().strip())


IN_A_COMMAND = """
import sys, time
from localaws.ecs.containers.command import Command

command = ["sh", "-c", f"echo $$ >{sys.argv[1]}.new; mv {sys.argv[1]}.new {sys.argv[1]}; sleep 60"]
Command(command, variables={}, write=print, ended=print)
time.sleep(60)
"""


def test_a_command_ends_when_the_local_aws_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", IN_A_COMMAND, str(pid)]) as server:
        until(pid.exists)
        assert alive(pid.read_text().strip())
        server.send_signal(signal.SIGKILL)

    until(lambda: not alive(pid.read_text().strip()))
