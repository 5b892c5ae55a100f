"""A Node process that answers questions, so that not every question has to wait for a start of Node."""

import json
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from localaws.json_types import JsonObject
from tools import toolchain


class NodeProcess:
    """A process of a Node program. Each line of its input is a question in JSON, each line of its output the answer.

    The first question starts the process. `close` ends it, and so does the end of the Python process. If the Node
    process has ended, the next question starts a new one.

    Args:
        program: The file of the program.
    """

    def __init__(self, program: Path) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, question: JsonObject) -> JsonObject:
        """Return the answer to a question.

        Raises:
            RuntimeError: The Node process ended.
        """
        with self._lock:
            if self._process and self._process.poll() is not None:
                self._end()
            self._process = self._process or self._start()
            stdin, stdout = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
            with suppress(BrokenPipeError):  # the process has ended; the empty answer below shows this
                stdin.write(f"{json.dumps(question)}\n")
                stdin.flush()
            line = stdout.readline()
            if not line:
                self._end()
                raise RuntimeError(
                    f"{self._program.name} has ended; its output is above, or in the log of the local AWS"
                )
        answer: JsonObject = json.loads(line)
        return answer

    def close(self) -> None:
        """End the Node process."""
        with self._lock:
            self._end()

    def _start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [str(toolchain.NODE), str(self._program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _end(self) -> None:
        if self._process:
            self._process.communicate()
            self._process = None
