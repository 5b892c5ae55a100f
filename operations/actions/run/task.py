"""A one-off task of `ops run`, from its start to its end."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from operations import command, reasons
from operations.actions.acting import Acting
from operations.commands.printable import printable
from operations.commands.table import short_id
from operations.system.control.one_off import OneOffTasks
from operations.system.logs.events import Event
from operations.system.logs.streams import Stream, Streams
from operations.system.tasks import Task
from operations.wait import PATIENCE_SECONDS
from tools.outside import OutsideError
from tools.toolchain.signals import deferred

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 2.0
LATE_SECONDS = 1.0
"""How long to look for further output of a task that has stopped.

ECS shows a task as stopped some seconds after its container has stopped. The container has written all output then.
"""
STOPPED = "STOPPED"


class OneOffRun:
    """One task that runs a command. An interrupt stops the task.

    Args:
        running: The frame of the command.
        logs: The log streams of the container. None if it does not write to CloudWatch Logs.
    """

    def __init__(self, running: Acting, logs: Streams | None) -> None:
        self._running = running
        self._logs = logs
        self._one_off: OneOffTasks = running.deployed.one_off_tasks

    def check_access(self) -> None:
        """Check before the start that the caller may follow the task. No task has this id, and no log stream either.

        Raises:
            ClientError: The credentials lack a permission.
        """
        nobody = "0" * 32
        self._one_off.find(nobody)
        if self._logs:
            self._running.deployed.logs.after(self._logs.stream(nobody), "")

    def go(self, revision: str, wanted: Sequence[str]) -> Task:
        """Start the task, write its output, and return the stopped task.

        Args:
            revision: The family and the revision of the task definition.
            wanted: The program with its arguments.

        Raises:
            ClientError: ECS refuses to start the task, or a permission was removed while it runs.
            OutsideError: ECS starts no task, or does not know the task.
        """
        task: Task | None = None
        try:
            with deferred():  # an interrupt waits for the answer, which has the id of the task
                task = self._start(revision, wanted)
            return self._follow(task)
        except (KeyboardInterrupt, BrokenPipeError):
            if task:
                self._stop(task)
            raise
        except command.EXPECTED:
            if task:
                self._report(f"The task {task.id} was not followed to its end. {self._how_to_stop(task)}")
            raise

    def _start(self, revision: str, wanted: Sequence[str]) -> Task:
        mark = f"ops-run/{uuid4().hex[:16]}"
        try:
            return self._one_off.start(revision, wanted, started_by=mark)
        except BotoCoreError:  # ECS may have started the task, but the answer was lost
            self._report(f"To see whether the task was started: {self._one_off.list_command(mark)}")
            raise

    def _follow(self, task: Task) -> Task:
        self._report(f"task {short_id(task.id)}: {task.status}")
        output = self._output(task)
        pause, answered = FIRST_PAUSE_SECONDS, time.monotonic()
        while task.status != STOPPED:
            time.sleep(pause)
            before = task
            try:
                task = self._one_off.find(task.id) or _raise_missing(task)
                if task.status not in (before.status, STOPPED):
                    self._report(f"task {short_id(task.id)}: {task.status}")
                written = output.write_new()
                answered = time.monotonic()
            except (ClientError, BotoCoreError, OutsideError) as error:
                passes = isinstance(error, OutsideError) or reasons.can_pass(error)
                if time.monotonic() > answered + PATIENCE_SECONDS or not passes:
                    raise
                written = 0
            pause = FIRST_PAUSE_SECONDS if written else min(1.2 * pause, LONGEST_PAUSE_SECONDS)
        end = time.monotonic() + LATE_SECONDS
        while output.write_new() or time.monotonic() < end:
            time.sleep(FIRST_PAUSE_SECONDS)
        return task

    def _output(self, task: Task) -> "_Output":
        if not self._logs:
            self._report("The container writes no logs to CloudWatch, so its output is not shown.")
        return _Output(self._running, self._logs.stream(task.id) if self._logs else None)

    def _stop(self, task: Task) -> None:
        try:
            self._one_off.stop(task, "ops run was interrupted")
        except KeyboardInterrupt:
            self._report(f"The task {task.id} may still run. {self._how_to_stop(task)}")
        except command.EXPECTED as error:
            self._report(f"The task {task.id} was not stopped: {reasons.reason(error)}. {self._how_to_stop(task)}")
        else:
            self._report(f"ECS stops the task {task.id}. The command gets SIGTERM, and later SIGKILL.")

    def _how_to_stop(self, task: Task) -> str:
        return f"To stop it: {self._one_off.stop_command(task)}"

    def _report(self, line: str) -> None:
        self._running.report(line)


@dataclass
class _Output:
    """The output of a container."""

    running: Acting
    stream: Stream | None
    token: str = ""

    def write_new(self) -> int:
        """Write the new lines, and return their number. With `--json` they go to standard error."""
        count = 0
        while self.stream:
            events, token = self.running.deployed.logs.after(self.stream, self.token)
            for event in events:
                self._write(event)
            count += len(events)
            if token == self.token:
                break
            self.token = token
        return count

    def _write(self, event: Event) -> None:
        to = sys.stderr if self.running.json else sys.stdout
        to.write("".join(f"{printable(line)}\n" for line in event.text.split("\n")))
        to.flush()


def _raise_missing(task: Task) -> Task:
    """Raise for a task that ECS does not know. It can take a moment until ECS shows a new task."""
    raise OutsideError(f"ECS does not know the task {task.id}")
