"""A program in place of the Session Manager plugin, which records how it is called."""

import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

VERSION = "1.2.764.0"
RESPONSE = "AWS_SSM_START_SESSION_RESPONSE"
"""The variable with which the AWS CLI gives a newer plugin the answer of StartSession."""
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

_PROGRAM = """#!PYTHON
import json, os, signal, sys, time
call = {"arguments": sys.argv[1:], "environment": dict(os.environ)}
with open("RECORD", "a", encoding="utf-8") as file:
    file.write(json.dumps(call) + chr(10))
if sys.argv[1:] == ["--version"]:
    print("VERSION")
elif len(sys.argv) > 1:
    WORK
"""


def free_port() -> str:
    """Return a port of this machine that no program uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


@dataclass(frozen=True)
class Plugin:
    """The program, on the PATH."""

    record: Path
    program: Path

    @classmethod
    def install(cls, folder: Path, patch: pytest.MonkeyPatch) -> "Plugin":
        """Put the program on the PATH. It ends at once."""
        made = cls(folder / "plugin.jsonl", folder / "bin" / "session-manager-plugin")
        made.program.parent.mkdir()
        patch.setenv("PATH", f"{made.program.parent}{os.pathsep}{os.environ['PATH']}")
        made.lets("pass")
        return made

    def lets(self, work: str, *, version: str = VERSION) -> None:
        """Let the program do other work in a session, as a line of Python, or have another version."""
        text = _PROGRAM.replace("PYTHON", sys.executable).replace("RECORD", str(self.record))
        self.program.write_text(text.replace("VERSION", version).replace("WORK", work), encoding="utf-8")
        self.program.chmod(0o700)

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls with a session, and forget them."""
        lines = self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []
        self.record.unlink(missing_ok=True)
        return [call for call in map(json.loads, lines) if len(call["arguments"]) > 1]
