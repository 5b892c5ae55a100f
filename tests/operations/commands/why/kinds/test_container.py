"""Tests of containers that exit, are killed or do not start."""

from dataclasses import replace

import pytest

from operations.commands.why.cause import Cause
from tests.support.ops.incidents import DEFINITION, failing, stopped

EXITED = ("Essential container in task exited", "EssentialContainerExited")


def exits(code: int, *log: str, reason: str = "") -> Cause:
    """Return the first cause of a container that exits."""
    return failing(stopped(*EXITED, exit_code=code, container_reason=reason), log=[*log])[0]


@pytest.mark.parametrize(
    ("log", "kind", "text"),
    [
        ("OSError: [Errno 30] Read-only file system: '/app/x.log'", "read-only-file-system", "(/app/x.log)"),
        ("Error: EROFS: read-only file system, open '/srv/pid'", "read-only-file-system", "(/srv/pid)"),
        ("nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)", "port-denied", "1000:1000"),
        ("Error: listen EACCES: permission denied 0.0.0.0:80", "port-denied", "1000:1000"),
        ("PermissionError: [Errno 13] error while attempting to bind on address", "port-denied", "1000:1000"),
        ("OSError: [Errno 98] Address already in use", "port-in-use", "opens a port"),
        ("Error: Cannot find module '/app/server.js'", "package-missing", "Cannot find module '/app/server.js'"),
    ],
)
def test_the_log_names_the_cause(log: str, kind: str, text: str) -> None:
    first = exits(1, "starting", log, "stopping")

    assert (first.kind, first.certainty) == (kind, "certain")
    assert text in first.text
    assert f"log: {log}" in first.evidence


@pytest.mark.parametrize(
    "line",
    [
        "Error: EACCES: permission denied, mkdir '/usr/src/app/.next/cache'",
        "PermissionError: [Errno 13] Permission denied: '/app/transport.log'",
        "failed to import data: permission denied",
    ],
)
def test_a_file_without_permission_is_not_a_port(line: str) -> None:
    assert exits(1, line).kind == "container-exits"


def test_a_container_that_was_killed_for_its_memory() -> None:
    sure = exits(137, reason="OutOfMemoryError: Container killed due to memory usage")
    unsure = exits(137)

    assert (sure.kind, sure.certainty) == ("out-of-memory", "certain")
    assert (unsure.kind, unsure.certainty) == ("out-of-memory", "likely")


@pytest.mark.parametrize(("app", "other", "named"), [(1, 0, "app"), (143, 2, "agent"), (0, 143, "app")])
def test_of_several_containers_the_one_that_failed_is_named(app: int, other: int, named: str) -> None:
    """ECS lists the containers of a task in any order, also those that GuardDuty adds."""
    task = stopped(*EXITED, exit_code=app)
    agent = replace(task.containers[0], name="agent", exit_code=other)
    first = failing(replace(task, containers=(agent, *task.containers)), log=["end"])[0]

    assert (first.kind, first.text.split()[:3]) == ("container-exits", ["The", "container", named])


def test_a_removed_variable_that_the_log_names() -> None:
    earlier = replace(DEFINITION, name="shop-dev:7", variables={"DB_NAME": "app", "MAIL_HOST": "mail"})
    task = stopped(*EXITED, exit_code=1)
    first = failing(task, earlier=earlier, log=["KeyError: 'MAIL_HOST'"])[0]

    assert (first.kind, first.certainty) == ("variable-missing", "certain")
    assert exits(1, "KeyError: 'MAIL_HOST'").certainty == "likely"
    assert failing(task, earlier=earlier, log=["INFO MAIL_HOST is no longer used"])[0].kind == "container-exits"


@pytest.mark.parametrize(
    "line",
    ["WARNING: ImportError: no module named uvloop, using asyncio", "address already in use, trying the next port"],
)
def test_a_line_after_which_a_program_goes_on_is_not_certain(line: str) -> None:
    assert exits(1, line, "TypeError: x is not a function").kind == "container-exits"


@pytest.mark.parametrize("line", ["KeyError: 'user_id'", "ValueError: field is required", "listening on port 3000"])
def test_a_word_in_small_letters_is_no_variable(line: str) -> None:
    earlier = replace(DEFINITION, name="shop-dev:7", variables={"DB_NAME": "app", "PORT": "3000"})
    first = failing(stopped(*EXITED, exit_code=1), earlier=earlier, log=[line])[0]

    assert first.kind == "container-exits"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "exits with code 0: its command has ended"),
        (1, "exits with code 1"),
        (127, "exits with code 127: its shell does not find a command"),
        (139, "exits with code 139 (SIGSEGV)"),
    ],
)
def test_an_exit_without_another_cause_shows_the_log(code: int, text: str) -> None:
    first = exits(code, "panic: no configuration")

    assert (first.kind, first.certainty) == ("container-exits", "certain")
    assert text in first.text
    assert first.evidence[-1] == "log: panic: no configuration"
