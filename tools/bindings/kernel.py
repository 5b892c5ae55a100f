"""The start of jsii's kernel, a Node process. Node starts and loads packages while Python imports modules."""

import json
import os
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

from jsii._kernel.providers import process
from jsii._kernel.types import LoadRequest, LoadResponse
from jsii.errors import JSIIError

_PRELOAD = Path(__file__).with_name("lazy.cjs")
_YOUNG_OBJECTS = "--max-semi-space-size=1"  # MiB; by default 16, which the kernel fills with garbage
_END_SECONDS = 5


class _Process(process._NodeProcess):
    """A kernel that Python waits for only if Python needs an answer.

    Python does not use the answers that Node has started, and that a package is loaded. They are read before the first
    answer that Python uses. If one of them is an error, it is raised then.
    """

    def handshake(self) -> None:
        self._unread: list[Callable[[], None]] = [super().handshake]

    def send(self, request: Any, response_type: Any) -> Any:
        try:
            return self._send(request, response_type)
        except (BrokenPipeError, json.JSONDecodeError) as error:
            code = self._process.wait(_END_SECONDS)
            # An OSError, because Python then prints its message without a traceback (tools/outside.py).
            raise OSError(f"Node, which runs the kernel of jsii, has ended with the exit code {code}") from error

    def _send(self, request: Any, response_type: Any) -> Any:
        if isinstance(request, LoadRequest):
            requests = cast("IO[bytes]", self._process.stdin)
            requests.write(json.dumps(self._serializer.unstructure(request)).encode() + b"\n")
            requests.flush()
            self._unread.append(self._read_that_it_is_loaded)
            return LoadResponse(assembly=request.name, types=0)
        while self._unread:
            self._unread.pop(0)()
        return super().send(request, response_type)

    def _read_that_it_is_loaded(self) -> None:
        answer = self._next_message()
        if "ok" not in answer:
            raise JSIIError(answer["error"])


def start() -> None:
    """Start the kernel with lazy.cjs.

    NODE_OPTIONS names lazy.cjs only during the start. If the variable stayed set, each Node program that this process
    starts later would load lazy.cjs, and cdktf-cli would print a warning about the variable.
    """
    vars(process)["_NodeProcess"] = _Process
    before = os.environ.get("NODE_OPTIONS")
    preload = re.sub(r'(["\\])', r"\\\1", str(_PRELOAD))
    os.environ["NODE_OPTIONS"] = f'{_YOUNG_OBJECTS} {before or ""} --preserve-symlinks --require "{preload}"'
    try:
        import_module("constructs")  # the smallest package that starts the kernel
    finally:
        if before is None:
            del os.environ["NODE_OPTIONS"]
        else:
            os.environ["NODE_OPTIONS"] = before
