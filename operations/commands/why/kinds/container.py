"""The container: it exits, is killed, or cannot write, listen or import what it needs.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

import re
from collections.abc import Iterator

from operations.commands.why.case import Case, Said, cause
from operations.commands.why.cause import Cause, Certainty

KILLED, NOT_EXECUTABLE, NOT_FOUND = 137, 126, 127
SIGNALS = {132: "SIGILL", 134: "SIGABRT", 135: "SIGBUS", 136: "SIGFPE", 139: "SIGSEGV", 143: "SIGTERM"}
"""Exit codes of processes that a signal ended, which is 128 and the number of the signal."""
OPENS = r"(?:\b(?:bind|binding|listen|listening|BindException|SocketException)\b|\bport \d)"
"""The words of a program that opens a port. A file also gets `EACCES: permission denied`."""
NAME = r"(?-i:\b(?P<name>[A-Z][A-Z0-9_]{2,})\b)"
"""The name of an environment variable in capital letters. A `KeyError: 'id'` is about other data."""
GOES_ON = re.compile(r"\b(?:warn(?:ing)?|info|debug|optional|retry(?:ing)?|try(?:ing)?)\b", re.IGNORECASE)
"""The words of lines after which a program usually goes on."""
EXITED = r"Essential container in task exited|EssentialContainerExited"


def causes(case: Case) -> Iterator[Cause]:
    """Yield why a container exited or did not start."""
    yield from _memory(case)
    yield from _read_only(case)
    yield from _port(case)
    yield from _variable(case)
    yield from _program(case)


def exits(case: Case) -> Iterator[Cause]:
    """Yield the exit of a container for which no other cause is known: its log and its exit code are the evidence."""
    exited, said = (
        case.exited,
        case.said(EXITED, r"CannotStartContainerError|ContainerRuntime\w*Error|CannotInspectContainer"),
    )
    if not exited and not said:
        return
    if not exited and said and not re.search(EXITED, said.line):
        text, advice = "The container runtime cannot start the container", "The evidence has the message of the runtime"
        yield cause("container-not-started", text, "likely", advice, said.line)
        return
    shown = [f"task {exited[0].id}: {exited[0].stopped_reason}"] if exited else [said.line] if said else []
    name, code = (
        (exited[1].name, exited[1].exit_code) if exited else (case.evidence.settings.service.container_name, None)
    )
    how = "exits" if code is None else f"exits with code {code}"
    if code in SIGNALS:
        how += f" ({SIGNALS[code]})"
    text = f"The container {name} {how}"
    advice = (
        "The last lines of its log say why; correct the application, and push an image"
        if case.evidence.log
        else f"The log has no lines of the task. Look at the log: `ops logs {case.name}`"
    )
    if code == 0:
        text += ": its command has ended, but a service needs a command that runs until it is stopped"
        advice = "Correct CMD or ENTRYPOINT of the image: the server has to run in the foreground"
    elif code == NOT_FOUND:
        text += ": its shell does not find a command"
    elif code == NOT_EXECUTABLE:
        text += ": a command is not executable"
    yield cause("container-exits", text, "certain", advice, *shown, *case.log_lines)


def _sure(case: Case, said: Said) -> Certainty:
    """Return how sure a line of the log is. A container can go on after a warning, or if it runs after the line."""
    if GOES_ON.search(said.line):
        return "possible"
    return "certain" if case.exited or case.said(EXITED) else "likely"


def _memory(case: Case) -> Iterator[Cause]:
    """Yield a lack of memory. Only the reason of the container is sure: other signals also lead to exit code 137."""
    revision = case.evidence.revision
    size = f" of {revision.memory} MiB" if revision and revision.memory else ""
    advice = f"Raise {case.name}.service.memory_mib, or let the application use less memory"
    said = case.said(r"OutOfMemory", r"out of memory|OOMKilled|memory usage")
    logged = case.logged(r"out of memory|MemoryError|heap out of memory|Cannot allocate memory|oom-?kill")
    if said:
        text = (
            f"The container needs more memory than the{size} of its task" if size else "The container ran out of memory"
        )
        yield cause("out-of-memory", text.replace("the of", "the"), "certain", advice, said.line, *case.log_lines)
    elif case.exited and case.exited[1].exit_code == KILLED:
        text = "The container was killed (exit code 137), usually because it ran out of memory"
        shown = f"task {case.exited[0].id}: container {case.exited[1].name} exited with code 137"
        yield cause("out-of-memory", text, "likely", advice, shown, *case.log_lines)
    elif logged:
        yield cause("out-of-memory", "The container ran out of memory", "likely", advice, logged.line)


def _read_only(case: Case) -> Iterator[Cause]:
    said = case.logged(r"read-only file ?system|EROFS", r"no usable temporary directory") or case.said(
        r"read-only file ?system"
    )
    if said:
        found = re.search(r"['\"`](?P<path>/[^'\"`]+)['\"`]|(?P<bare>/[\w./-]+)", said.line)
        path = f" ({found['path'] or found['bare']})" if found else ""
        text = f"The container writes to its root file system{path}, which is read-only"
        advice = (
            "Let the application write to /tmp, which is in memory, or set "
            f"{case.name}.service.readonly_root_filesystem to false"
        )
        yield cause("read-only-file-system", text, _sure(case, said), advice, said.line)


def _port(case: Case) -> Iterator[Cause]:
    """Yield a port that the user of the container may not open, or that is in use."""
    denied = case.logged(
        rf"{OPENS}.*permission denied|permission denied.*{OPENS}|PermissionError.*{OPENS}",
        r"listen EACCES|Can't connect to \('[\d.]*', \d{1,3}\)",
        r"making socket: could not bind to address",
    )
    if denied:
        user = case.evidence.revision.user if case.evidence.revision else ""
        text = f"The user{f' {user}' if user else ''} of the container may not open its port"
        advice = (
            "Let the application listen on a port of at least 1024, which each user may open, and set "
            f"{case.name}.service.container_port to this port"
        )
        yield cause("port-denied", text, _sure(case, denied), advice, denied.line)
    elif used := case.logged(r"address already in use|EADDRINUSE"):
        text = "The container opens a port two times"
        yield cause("port-in-use", text, _sure(case, used), "Start the server only one time", used.line)


def _variable(case: Case) -> Iterator[Cause]:
    """Yield a variable that the revision no longer has, and that the log names."""
    now, earlier = case.evidence.revision, case.evidence.earlier
    removed = {*earlier.variables, *earlier.secrets} - {*now.variables, *now.secrets} if now and earlier else set()
    for name in sorted(removed):
        if said := case.logged(rf"(?-i:\b{re.escape(name)}\b)"):
            text = f"The container lacks the variable {name}, which the earlier revision had"
            advice = (
                f"Add {name} to {case.name}.service.environment or secrets again, and run `make deploy ENV={case.name}`"
            )
            yield cause("variable-missing", text, _sure(case, said), advice, said.line)
            return
    if said := case.logged(
        rf"KeyError: '{NAME}'",
        rf"(?:environment )?variable \W?{NAME}\W? (?:is )?(?:not set|missing|required|undefined)",
        rf"missing (?:required )?(?:environment )?variable:? \W?{NAME}",
        rf"{NAME} (?:is not set|is required|must be set|is missing)",
    ):
        has = now and said["name"] in {*now.variables, *now.secrets}
        if not has:
            text = f"The container lacks the variable {said['name']}"
            advice = f"Add it to {case.name}.service.environment or secrets, and run `make deploy ENV={case.name}`"
            yield cause("variable-missing", text, "likely", advice, said.line)


def _program(case: Case) -> Iterator[Cause]:
    if said := case.logged(
        r"ModuleNotFoundError: .*", r"ImportError: .*", r"Cannot find module .*", r"ClassNotFoundException.*"
    ):
        advice = "Install the package in the image, and push the image again"
        text = f"The application in the image is not complete: {said.match[0].strip()}"
        yield cause("package-missing", text, _sure(case, said), advice, said.line)
