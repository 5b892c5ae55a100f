"""Show the executions of the pipeline, and the revisions that no execution has registered, the newest first."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from pydantic import BaseModel, ConfigDict
from rich.console import RenderableType

from operations.commands import frame, options
from operations.commands.answer import SystemAnswer
from operations.commands.reading import Reading
from operations.commands.table import TIME, missing, short, short_id, table, time, with_notes
from operations.system.definitions import Definition
from operations.system.pipeline import IN_PROGRESS, Execution

HELP = "show executions and revisions, with image, trigger and outcome"
TRIGGERS = {"CloudWatchEvent": "push", "CreatePipeline": "new pipeline", "StartPipelineExecution": "manual"}
"""The triggers of a pipeline that this project declares.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionTrigger.html
"""
PROMOTE = "/promote"
"""The end of the ARN of a role session of `make promote`."""


class Entry(BaseModel):
    """An execution, with the revision that it has registered, or a revision that no execution has registered."""

    model_config = ConfigDict(frozen=True)

    time: datetime
    """The start of the execution, or when the revision was registered."""
    execution: str | None
    revision: str | None
    image: str | None
    """The image as the revision names it."""
    digest: str | None
    tags: tuple[str, ...]
    """The tags that the image has now."""
    trigger: str
    """`push`, `manual`, `promote`, `new pipeline`, `revision`, or the name of AWS for another trigger."""
    by: str
    """The ARN of the rule or of the principal."""
    outcome: str
    """The status of the execution, or `Registered`."""
    reason: str
    """Why the execution has not succeeded."""


class History(SystemAnswer):
    """The executions and the revisions, the newest first."""

    entries: list[Entry] | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    options.add_limit(parser, default=20, what="executions and revisions")


def answer(arguments: argparse.Namespace) -> int:
    """Print the history of an environment, and return the exit code."""
    return frame.answer(arguments, "history", partial(read, limit=arguments.limit), rendered)


def read(reading: Reading, limit: int) -> History:
    """Read the newest executions and revisions, the tags of their images, and why executions have not succeeded."""
    deployed = reading.deployed
    found = reading.parts(
        {
            "executions": deployed.newest_executions,
            "revisions": partial(deployed.revisions, limit),
            "tags": deployed.tags,
        }
    )
    executions: list[Execution] = found.get("executions", [])[:limit]
    faulty = [each for each in executions if each.status not in {"Succeeded", *IN_PROGRESS}]
    reasons = reading.parts({"reasons": partial(deployed.executions.reasons, faulty)} if faulty else {})
    if not {"executions", "revisions"} & found.keys():
        return History(**reading.source)
    entries = _entries(executions, found.get("revisions", []), reasons.get("reasons", {}), found.get("tags", {}))
    return History(**reading.source, entries=sorted(entries, key=lambda each: each.time, reverse=True)[:limit])


def _entries(
    executions: list[Execution], revisions: list[Definition], reasons: dict[str, str], tags: dict[str, tuple[str, ...]]
) -> Iterator[Entry]:
    of_executions: list[Definition] = []
    for execution in executions:
        revision = next((each for each in revisions if has_registered(execution, each)), None)
        of_executions += [revision] if revision else []
        yield Entry(
            time=execution.started,
            execution=execution.id,
            revision=revision.name if revision else None,
            image=revision.image if revision else None,
            digest=execution.digest or None,
            tags=tags.get(execution.digest, ()),
            trigger=trigger(execution.trigger, execution.trigger_detail),
            by=execution.trigger_detail,
            outcome=execution.status,
            reason=reasons.get(execution.id, ""),
        )
    for revision in revisions:
        if revision not in of_executions:
            yield Entry(
                time=revision.registered,
                execution=None,
                revision=revision.name,
                image=revision.image,
                digest=revision.digest,
                tags=tags.get(revision.digest or "", ()),
                trigger="revision",
                by=revision.registered_by,
                outcome="Registered",
                reason="",
            )


def has_registered(execution: Execution, revision: Definition) -> bool:
    """Return whether an execution has registered a revision: of its image, between its start and its end."""
    if revision.digest != execution.digest or revision.registered < execution.started:
        return False
    return execution.status in IN_PROGRESS or revision.registered <= execution.changed


def trigger(kind: str, by: str) -> str:
    """Return the trigger of an execution.

    Args:
        kind: The type of the trigger.
        by: The ARN of the rule or of the principal.
    """
    known = TRIGGERS.get(kind, kind)
    return "promote" if known == "manual" and by.endswith(PROMOTE) else known


def rendered(found: History) -> list[RenderableType]:
    """Return the table of the history, and below the table why executions failed, and what was not read."""
    entries = found.entries or []
    rows = table((TIME, "trigger", "execution", "revision", "image", "outcome"), map(_row, entries))
    reasons = [(_id(each), each.reason) for each in entries if each.reason]
    return with_notes(rows, [*reasons, *missing(found.not_read), *_none(found)])


def _row(entry: Entry) -> tuple[str, ...]:
    name = short(entry.digest) if entry.digest else (entry.image or "").rpartition("/")[2]
    image = "\n".join(filter(None, [name, ", ".join(entry.tags)]))
    by = f"by {entry.by.rpartition(':')[2]}" if entry.by and entry.trigger != "push" else ""
    outcome = "\n".join(filter(None, [entry.outcome, by]))
    return time(entry.time), entry.trigger, _id(entry), (entry.revision or "").rpartition(":")[2], image, outcome


def _id(entry: Entry) -> str:
    return short_id(entry.execution or "")


def _none(found: History) -> Iterator[tuple[str, str]]:
    if found.entries == []:
        yield "history", "the pipeline never ran, and no revision was registered"
