"""One step of the set-up, which make runs as `step.py TITLE TARGET COMMAND [PREREQUISITE...]`.

TARGET and PREREQUISITE are files, as in a rule of make.

It runs before any package is installed. It also runs on Python 3.6, to report that Python is too old.
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

MINIMUM = (3, 11)
LOCK = Path(".tools", ".lock")
LOG = Path(".tools", "step.log")
TAIL = 30
PATIENCE_SECONDS = 5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

UNREACHABLE = re.compile(
    "NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError"
    "|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT"
)
"""Messages that pip and npm print at their first attempt if the network cannot be reached."""

NETWORK = (
    "Connect this machine to the network, or set the variables of pip and npm for a mirror or a proxy (PIP_INDEX_URL, "
    "npm_config_registry, HTTPS_PROXY). Then run make again."
)


def main(title: str, target: str, command: str, *prerequisites: str) -> int:
    """Run the command unless the target is up to date, and return the exit code. A failure prints one message."""
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:2]))
        return refuse(f"Python 3.11 or later is needed, got {found}; name another Python with make PYTHON=...")
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # ignored under nohup
            signal.signal(number, signal.default_int_handler)
    try:
        LOCK.parent.mkdir(exist_ok=True)
        with LOCK.open("a") as lock:
            hold(lock)
            return 0 if is_fresh(Path(target), map(Path, prerequisites)) else run(title, command)
    except OSError as error:
        return refuse(f"{error.filename or title}: {error.strerror or error}")
    except KeyboardInterrupt:
        return refuse("interrupted", 130)


def hold(lock: TextIO) -> None:
    """Take the lock. Wait while another make sets up this folder."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Waiting for another make that is setting up this folder\n")
        fcntl.flock(lock, fcntl.LOCK_EX)


def is_fresh(target: Path, prerequisites: "Iterable[Path]") -> bool:
    """Return whether the target exists and is as new as its prerequisites, which is make's own rule."""
    return target.exists() and all(target.stat().st_mtime >= each.stat().st_mtime for each in prerequisites)


def run(title: str, command: str) -> int:
    """Run the command, print its title and duration on one line, and return the exit code."""
    start = time.time()
    say(f"{title} ... ")
    lines, cut_off = [], False
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # a signal during the start would leave the command running
    process = subprocess.Popen(
        ["sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, COLUMNS="1000"),  # pipenv breaks lines at this width
        start_new_session=True,  # so that one signal ends the command and its children
        preexec_fn=unblock,
    )
    try:
        unblock()
        for line in process.stdout or ():
            lines.append(line.decode("utf-8", "replace"))
            if not cut_off and UNREACHABLE.search(lines[-1]):
                cut_off = True
                say(f"no connection yet: {ascii(lines[-1].strip())[1:-1]}\n")
        code = process.wait()
    except BaseException:
        end(process)
        raise
    if code == 0:
        say(f"{time.time() - start:.0f} s\n")
        return 0
    say(f"failed after {time.time() - start:.0f} s\n")
    LOG.write_text("".join(lines), encoding="utf-8")
    sys.stderr.write("".join(lines[-TAIL:]))
    said = f"{title}: exit code {code}; {LOG} has the whole output"
    return refuse(f"{said}\n{NETWORK}" if cut_off else said)


def unblock() -> None:
    """Let signals reach this process again."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the command and its children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(PATIENCE_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def say(text: str) -> None:
    """Print a text without buffering, so that a log shows the text at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def refuse(text: str, code: int = 1) -> int:
    """Print an error, and return the exit code."""
    sys.stderr.write(f"✗ {text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
