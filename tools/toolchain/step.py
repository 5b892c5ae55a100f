"""One step of the set-up, run by make: `step.py TITLE TARGET COMMAND [PREREQUISITE...]`, with names as make has them.

It runs before anything is installed, and says so where Python is too old: nothing here is newer than Python 3.6.
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

UNREACHABLE = re.compile(
    "NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError"
    "|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT"
)
"""What pip and npm say, at their first attempt, of a network that is not there."""

NETWORK = (
    "Connect this machine to the network, or name a mirror or a proxy as pip and npm know them (PIP_INDEX_URL, "
    "npm_config_registry, HTTPS_PROXY). Then run make again."
)


def main(title: str, target: str, command: str, *prerequisites: str) -> int:
    """Run the command, unless another make has made the target meanwhile; exit with 1 and one message if it fails."""
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:2]))
        return refuse(f"Python 3.11 or later is needed, this is {found}: name another with make PYTHON=...")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # as it is under nohup
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
    """Wait until no other make sets up this folder."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Waiting for another make, which sets up this folder\n")
        fcntl.flock(lock, fcntl.LOCK_EX)


def is_fresh(target: Path, prerequisites: "Iterable[Path]") -> bool:
    """Whether the target is there and as new as all that it is made of, as make asks."""
    return target.exists() and all(target.stat().st_mtime >= each.stat().st_mtime for each in prerequisites)


def run(title: str, command: str) -> int:
    """Run the command, with a line that names it and the seconds it took."""
    start = time.time()
    say(f"{title} ... ")
    process = subprocess.Popen(
        ["sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, COLUMNS="1000"),  # pipenv breaks lines there
        start_new_session=True,  # so that it can be ended with all that it started
    )
    lines, cut_off = [], False
    try:
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
    said = f"{title}: exit code {code}; {LOG} has all that was printed"
    return refuse(f"{said}\n{NETWORK}" if cut_off else said)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the command with all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(PATIENCE_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def say(text: str) -> None:
    """Print at once, where a log would keep it back."""
    sys.stdout.write(text)
    sys.stdout.flush()


def refuse(text: str, code: int = 1) -> int:
    """Print what is wrong, and return the exit code."""
    sys.stderr.write(f"✗ {text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
