"""The status of an environment as a table of at most 80 columns."""

from collections.abc import Iterator
from datetime import datetime

from operations.commands.status_answer import Status
from operations.commands.table import TIME, missing, notes, table, time, write

Row = tuple[str, str, datetime | None, str]
"""A part, its status, a time, and details."""


def show(status: Status) -> None:
    """Print the table, and below the table what is in progress, what is unusual, and what was not read."""
    rows = [(part, state, time(changed), details) for part, state, changed, details in _rows(status)]
    write(table(("part", "status", TIME, "details"), rows), "", notes(_notes(status)))


def _notes(status: Status) -> Iterator[tuple[str, str]]:
    yield from (("in progress", line) for line in status.in_progress)
    yield from (("[yellow]unusual[/]", line) for line in status.unusual)
    yield from missing(status.not_read)
    if not status.unusual:
        yield "unusual", "nothing" if not status.not_read else "nothing in the parts that were read"


def _rows(status: Status) -> Iterator[Row]:
    if service := status.service:
        state = "in progress" if service.in_progress else "not healthy" if service.fault else "healthy"
        tasks = f"{service.count} of {service.desired_count} tasks run"
        yield "service", state, service.since, f"{service.revision}, {tasks}"
    if image := status.image:
        yield "image", "pushed", image.pushed, f"{image.digest[:19]}… {', '.join(image.tags) or 'without a tag'}"
    for stage in status.pipeline or []:
        yield f"stage {stage.name}", stage.status or "never ran", stage.changed, stage.execution[:8]
    if certificate := status.certificate:
        expiry = f", expires {certificate.expires:%Y-%m-%d}" if certificate.expires else ""
        yield "certificate", certificate.status, None, f"{certificate.domain}{expiry}"
    if database := status.database:
        yield "database", database.status, None, f"{database.engine}, {database.instance_class}"
    if password := status.password:
        yield "password", "rotated" if password.rotated else "never rotated", password.rotated, ""
