"""The status of an environment as a table of at most 80 columns."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from operations.commands.status_answer import Status
from operations.commands.table import TIME, UNUSUAL, missing, short_id, table, time, with_notes
from operations.preflight.finding import Kind
from operations.system.load_balancer import HEALTHY

Row = tuple[str, str, datetime | None, str]
"""A part, its status, a time, and details."""


def rendered(status: Status) -> list[RenderableType]:
    """Return the table, and below the table what is in progress, what is unusual, and what was not read."""
    rows = [(part, state, time(changed), details) for part, state, changed, details in _rows(status)]
    return with_notes(table(("part", "status", TIME, "details"), rows), _notes(status))


def _notes(status: Status) -> Iterator[tuple[str | Text, str]]:
    yield from (("in progress", line) for line in status.in_progress)
    yield from ((UNUSUAL, line) for line in status.unusual)
    yield from missing(status.not_read)
    if not status.unusual:
        yield "unusual", "nothing" if not status.not_read else "nothing in the parts that were read"


def _rows(status: Status) -> Iterator[Row]:
    yield from _service(status)
    for stage in status.pipeline or []:
        yield f"stage {stage.name}", stage.status or "never ran", stage.changed, short_id(stage.execution)
    yield from _domain(status)
    if database := status.database:
        yield "database", database.status, None, f"{database.engine}, {database.instance_class}"
    if password := status.password:
        yield "password", "rotated" if password.rotated else "never rotated", password.rotated, ""
    for alarm in status.alarms or []:
        yield "alarm", alarm.state.lower().replace("_", " "), alarm.since, alarm.name


def _service(status: Status) -> Iterator[Row]:
    if service := status.service:
        changes = service.in_progress or service.scales_out
        state = "in progress" if changes else "not healthy" if service.fault else "healthy"
        tasks = f"{service.count} of {service.desired_count} tasks run"
        yield "service", state, service.since, f"{service.revision}, {tasks}"
    if targets := status.targets:
        healthy = sum(target.state == HEALTHY for target in targets)
        state = "healthy" if healthy == len(targets) else "partly healthy" if healthy else "not healthy"
        yield "targets", state, None, f"{healthy} of {len(targets)} targets are healthy"
    if image := status.image:
        yield "image", "pushed", image.pushed, f"{image.digest[:19]}… {', '.join(image.tags) or 'without a tag'}"


def _domain(status: Status) -> Iterator[Row]:
    if certificate := status.certificate:
        expiry = f", expires {certificate.expires:%Y-%m-%d}" if certificate.expires else ""
        yield "certificate", certificate.status, None, f"{certificate.domain}{expiry}"
    if delegation := status.delegation:
        kind = {Kind.OK: "delegated", Kind.NOT_CHECKED: "not checked"}.get(delegation.kind, "faulty")
        yield "delegation", kind, None, "in a rehearsal" if delegation.kind is Kind.NOT_CHECKED else ""
