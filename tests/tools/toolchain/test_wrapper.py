"""The `cdktf` command of this project: approvals, plain output, and no process left at its end."""

import os
import pty
import select
import signal
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.support.synthesized import ROOT
from tools import toolchain
from tools.toolchain import lock, wrapper

PROGRAM = ROOT / "tools" / "toolchain" / "cdktf"


def started(folder: Path, *arguments: str, terminal: int | None = None) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [PROGRAM, *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "CI"} | {"CDKTF_OUTPUT": str(folder)},
        stdin=subprocess.DEVNULL if terminal is None else terminal,
        stdout=subprocess.PIPE if terminal is None else terminal,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("command", ["deploy", "destroy", "apply"])
def test_without_a_terminal_an_approval_is_refused(command: str, tmp_path: Path) -> None:
    process = started(tmp_path / "out", command, "dev-dns")
    output, _ = process.communicate()

    assert process.returncode == 1
    assert output == (
        "✗ a deployment asks for an approval, which needs a terminal: "
        "run make diff and make apply, or cdktf with --auto-approve\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "approval", ["--auto-approve", "--auto-approve=true", "--autoApprove", "CDKTF_AUTO_APPROVE=true"]
)
def test_an_approved_command_needs_no_terminal(approval: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(tmp_path / "none.toml"))
    option = [] if "CDKTF" in approval else [approval]
    if not option:
        monkeypatch.setenv(*approval.split("="))

    output, _ = started(tmp_path, "deploy", "dev-dns", *option).communicate()

    assert "none.toml: cannot be read" in output


def test_help_needs_no_lock(tmp_path: Path) -> None:
    with lock.held(tmp_path, by="make deploy"):
        output, _ = started(tmp_path, "deploy", "--help").communicate()

    assert output.startswith("cdktf deploy [stacks...]")


@pytest.mark.slow
def test_without_a_terminal_it_writes_a_few_plain_lines(tmp_path: Path) -> None:
    process = started(tmp_path, "synth")
    output, _ = process.communicate()

    assert process.returncode == 0, output
    assert "\x1b" not in output
    assert [line for line in output.splitlines() if line.strip()] == [
        "Generated Terraform code for the stacks: dev-dns, dev-main, dev-registry,",
        "production-dns, production-main, production-registry",
    ]


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replace cdktf by a program that writes its arguments into this file, and write into `tmp_path / "out"`."""
    program, file = tmp_path / "cdktf", tmp_path / "arguments"
    program.write_text(f'#!/bin/sh\necho "$@" > {file}\n')
    program.chmod(0o755)
    monkeypatch.setattr(toolchain, "CDKTF", program)
    monkeypatch.setenv("CDKTF_OUTPUT", str(tmp_path / "out"))
    return file


def test_only_the_selection_is_synthesized(arguments: Path, tmp_path: Path) -> None:
    """The plans of other environments stay."""
    plan = tmp_path / "out" / "stacks" / "production-dns" / "diff.tfplan"
    plan.parent.mkdir(parents=True)
    plan.touch()

    assert wrapper.run(["deploy", "dev-dns", "--auto-approve"], selection=["--environment=dev"]) == 0

    assert arguments.read_text() == "deploy dev-dns --auto-approve --skip-synth\n"
    assert {folder.name for folder in (tmp_path / "out" / "stacks").iterdir()} == {
        *("dev-dns", "dev-main", "dev-registry", "production-dns")
    }
    assert plan.exists()


def test_after_a_failed_synthesis_cdktf_does_not_run(arguments: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert wrapper.run(["destroy", "dev-dns", "--auto-approve"], selection=["--environment=none"]) == 1

    assert not arguments.exists()
    assert "unknown environment none; known environments: dev, production" in capfd.readouterr().err


def family_with(process: "subprocess.Popen[str]", argument: str) -> list[psutil.Process]:
    """Return the descendants of a process as soon as one of them has the argument."""
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(process.pid).children(recursive=True)
            if any(argument in member.cmdline() for member in family):
                return family
        time.sleep(0.01)
    raise AssertionError("it has ended")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_process(number: signal.Signals, tmp_path: Path) -> None:
    process = started(tmp_path, "deploy", "dev-dns", "--auto-approve")
    family = family_with(process, "main.py")
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)

    assert (process.returncode, output.splitlines()[-1]) == (130, "✗ interrupted")
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_the_terminal_is_restored(tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    process = started(tmp_path, "deploy", "dev-dns", terminal=terminal)
    family_with(process, "main.py")
    process.send_signal(signal.SIGTERM)
    shown = b""
    while process.poll() is None or select.select([controller], [], [], 0)[0]:
        if select.select([controller], [], [], 0.01)[0]:
            shown += os.read(controller, 4096)

    assert b"Synthesizing" in shown
    assert shown.endswith("\x1b[?25h✗ interrupted\r\n".encode())
    assert termios.tcgetattr(terminal) == before
    os.close(controller)
    os.close(terminal)
