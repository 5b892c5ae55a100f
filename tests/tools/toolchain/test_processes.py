"""Commands, and their end when the program is interrupted."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.synthesized import ROOT
from tools.toolchain import processes
from tools.toolchain.signals import SIGNALS

# A child in another session that ignores the signals of a terminal, as Terraform under cdktf. The kernel takes a while
# to free its memory, so a killed child is not gone at once.
CHILD = """
    import os, signal, time
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    memory = b"x" * (256 << 20)
    print(os.getpid(), flush=True)
    time.sleep(600)
"""
FAMILY = textwrap.dedent(f"""
    import subprocess, sys
    subprocess.run([sys.executable, "-c", {textwrap.dedent(CHILD)!r}], start_new_session=True)
""")


def has_ended(pid: int) -> bool:
    """Return whether a process has ended. A zombie has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def run(program: str, on_line: processes.OnLine) -> tuple[int, str]:
    return processes.run([sys.executable, "-c", program], cwd=Path.cwd(), environment=os.environ, on_line=on_line)


def test_run_returns_exit_code_and_output() -> None:
    lines: list[str] = []

    code, output = run("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)", lines.append)

    assert (code, output, lines) == (3, "out\nerr\n", ["out", "err"])


def test_run_works_in_any_thread() -> None:
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(run, ["print(1)", "print(2)"], [print] * 2)) == [(0, "1\n"), (0, "2\n")]


def test_an_interruption_ends_a_child_in_another_session() -> None:
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(FAMILY, interrupt)

    [pid] = pids
    assert has_ended(pid)


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interruption_during_the_start_ends_the_command(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(partial(signal.signal, number, signal.signal(number, signal.default_int_handler)))
    pids: list[int] = []

    class Interrupted(subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            pids.append(self.pid)
            signal.raise_signal(number)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)

    with pytest.raises(KeyboardInterrupt):
        run("import time; time.sleep(600)", lambda _: None)

    [pid] = pids
    assert has_ended(pid)


@pytest.fixture
def interrupted_when_ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Raise SIGINT while a command is ended, after it was suspended and before it is killed."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    suspend = psutil.Process.suspend

    def interrupted(process: psutil.Process) -> None:
        suspend(process)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(psutil.Process, "suspend", interrupted)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupted_when_ended")
def test_a_second_interruption_does_not_stop_the_clean_up() -> None:
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(FAMILY, interrupt)

    [pid] = pids
    assert has_ended(pid)


@pytest.mark.usefixtures("interrupted_when_ended")
def test_an_interruption_during_the_clean_up_is_not_lost() -> None:
    pids: list[int] = []

    def fail(line: str) -> None:
        pids.append(int(line))
        raise ValueError

    with pytest.raises(KeyboardInterrupt):
        run(FAMILY, fail)

    [pid] = pids
    assert has_ended(pid)


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_the_temporary_files_of_a_command_are_removed(error: type[BaseException] | None) -> None:
    made: list[Path] = []

    def end(line: str) -> None:
        made.append(Path(line))
        assert made[0].exists()
        if error:
            raise error

    program = "import tempfile, time; print(tempfile.mkdtemp(), flush=True); time.sleep(1)"
    with pytest.raises(error) if error else nullcontext():
        run(program, end)

    assert not made[0].exists()
    assert made[0].parent != Path(tempfile.gettempdir())


# A Python program, because a shell cannot trap a SIGINT that its parent ignores.
TERRAFORM = """
    import signal, sys, time
    def stop(number, frame):
        open(sys.argv[1], "w").write("state saved")
        sys.exit(1)
    signal.signal(signal.SIGINT, stop)
    for name in sys.argv[2:]:
        open(name, "w")
    print("applying", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["terraform", "tofu"])
def terraform(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the command of a slow Terraform, and the file that it writes when it may end by itself."""
    program = tmp_path / str(request.param)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(program))
    program.write_text(f"#!{sys.executable}\n{textwrap.dedent(TERRAFORM)}")
    program.chmod(0o755)
    return [str(program), str(tmp_path / "said")]


def test_an_interruption_lets_terraform_save_its_state(terraform: list[str]) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(f"import subprocess; subprocess.run({terraform}, start_new_session=True)", interrupt)

    assert Path(terraform[1]).read_text() == "state saved"


def test_commands_run_together_in_their_folders(tmp_path: Path) -> None:
    """Each waits for the other. The output of each is longer than the buffer of a pipe."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    program = (
        "import os, pathlib, sys, time; own = pathlib.Path.cwd(); (own / 'started').touch()\n"
        "while len([*own.parent.glob('*/started')]) < 2: time.sleep(0.01)\n"
        "print(own.name * 200_000); sys.exit(own.name == 'b')"
    )

    ended = processes.run_together([sys.executable, "-c", program], folders=folders, environment=os.environ)

    assert ended == [(0, f"{'a' * 200_000}\n"), (1, f"{'b' * 200_000}\n")]
    assert processes.run_together([], folders=[], environment=os.environ) == []


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_all_commands_that_run_together(
    number: signal.Signals, terraform: list[str], tmp_path: Path
) -> None:
    """Each Terraform may save its state, and no process is left. The signal reaches all of them at the same time."""
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    wait_for_the_others = f"""
    while len([*pathlib.Path({str(tmp_path)!r}).glob("*/saved")]) < {len(folders)}: time.sleep(0.01)
    open("together", "w")
    sys.exit(1)"""
    slow = Path(terraform[0])
    slow.write_text(slow.read_text().replace("\n    sys.exit(1)", wait_for_the_others).replace("sys,", "pathlib, sys,"))
    program = (
        "import os, pathlib, sys; from tools.toolchain import processes, program;"
        f"folders = list(map(pathlib.Path, {list(map(str, folders))}));"
        f"run = lambda **options: processes.run_together({[terraform[0], 'saved', 'started']}, **options);"
        "sys.exit(program.run(lambda: run(folders=folders, environment=os.environ)))"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as process:
        while not all((folder / "started").exists() for folder in folders):
            time.sleep(0.01)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)

    assert process.returncode == 130
    assert [(folder / "saved").read_text() for folder in folders] == ["state saved"] * 3
    assert all((folder / "together").exists() for folder in folders)
    assert len(family) == 3
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_an_error_ends_the_command_that_runs_meanwhile() -> None:
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]

    with (
        pytest.raises(ValueError, match=r"^refused$"),
        processes.started(sleeping, cwd=Path.cwd(), environment=os.environ) as process,
    ):
        raise ValueError("refused")

    assert has_ended(process.pid)


def in_foreground(command: list[str]) -> "subprocess.Popen[str]":
    program = (
        "import os, pathlib, sys; from tools.toolchain import processes, program;"
        "options = {'cwd': pathlib.Path.cwd(), 'environment': os.environ};"
        f"sys.exit(program.run(lambda: processes.run_in_foreground({command}, **options)))"
    )
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.parametrize("number", SIGNALS)
def test_terraform_saves_its_state_at_each_signal(number: signal.Signals, terraform: list[str]) -> None:
    with in_foreground(terraform) as process:
        assert process.stdout
        assert process.stdout.readline() == "applying\n"
        process.send_signal(number)

    assert process.returncode == 130
    assert Path(terraform[1]).read_text() == "state saved"


# Like cdktf, it ignores signals, and starts another Terraform when the first has ended.
STUBBORN = """
    import signal, subprocess, sys, time
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    subprocess.run(sys.argv[1:], start_new_session=True, restore_signals=True)
    time.sleep(5)
    subprocess.run(["touch", sys.argv[2] + ".again"])
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_after_a_signal_cdktf_starts_no_other_terraform(number: signal.Signals, terraform: list[str]) -> None:
    with in_foreground([sys.executable, "-c", textwrap.dedent(STUBBORN), *terraform]) as process:
        assert process.stdout
        assert process.stdout.readline() == "applying\n"
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)

    assert process.returncode == 130
    assert Path(terraform[1]).read_text() == "state saved"
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert not Path(terraform[1] + ".again").exists()


def test_sigterm_after_sigint_does_not_interrupt_terraform_again(tmp_path: Path) -> None:
    """GitHub sends SIGINT, and SIGTERM seconds later. At a second SIGINT, Terraform would not save its state."""
    program, saved = tmp_path / "terraform", tmp_path / "saved"
    program.write_text(
        f"#!{sys.executable}\nimport os, pathlib, signal, time\n"
        "signal.signal(2, lambda *_: os.write(1, b'told\\n'))\nos.write(1, b'applying\\n')\n"
        f"while not pathlib.Path({str(saved)!r}).exists(): time.sleep(0.05)\n"
    )
    program.chmod(0o755)
    with in_foreground([str(program)]) as process:
        assert process.stdout
        assert process.stdout.readline() == "applying\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "told\n"
        process.send_signal(signal.SIGTERM)
        time.sleep(1)  # in which it could receive a second SIGINT
        saved.touch()
        assert process.stdout.read() == ""

    assert process.returncode == 130


def test_a_signal_during_a_successful_command_is_not_lost(tmp_path: Path) -> None:
    """The next stack is not applied."""
    deaf = "import signal, time; signal.signal(2, lambda *_: None)"
    program = tmp_path / "terraform"
    program.write_text(f"#!{sys.executable}\n{deaf}; print('applying', flush=True); time.sleep(0.5)")
    program.chmod(0o755)
    with in_foreground([str(program)]) as process:
        assert process.stdout
        assert process.stdout.readline() == "applying\n"
        process.send_signal(signal.SIGINT)

    assert process.returncode == 130


def test_lines_have_no_escape_codes_and_any_encoding() -> None:
    program = r"import os; os.write(1, b'\x1b[1m\x1b[31mError:\x1b[0m \x1b]8;;http://x\x07gone\x1b]8;;\x07 \xff\n')"

    assert run(program, print) == (0, "Error: gone \ufffd\n")
