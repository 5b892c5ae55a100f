"""The status of an environment as a table of at most 80 columns."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from operations.commands.status_answer import Status

COLUMNS = 80
Row = tuple[str, str, datetime | None, str]
"""A part, its status, a time, and details."""


def show(console: Console, status: Status) -> None:
    """Print the table, and below the table what is in progress, what is unusual, and what was not read."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for title in ("part", "status", "time (UTC)", "details"):
        table.add_column(title, overflow="fold", no_wrap=title == "time (UTC)")
    for part, state, time, details in _rows(status):
        table.add_row(part, state, _time(time), details)
    notes = Table.grid(padding=(0, 2, 0, 0))
    for kind, lines in (
        ("in progress", status.in_progress),
        ("[yellow]unusual[/]", status.unusual),
        ("not read", [f"{each.part}: {each.reason}" for each in status.not_read]),
    ):
        for line in lines:
            notes.add_row(kind, line)
    if not status.unusual:
        notes.add_row("unusual", "nothing" if not status.not_read else "nothing in the parts that were read")
    width = min(console.width, COLUMNS)
    with console.capture() as captured:
        console.print(table, "", notes, sep="\n", width=width)
    # rich fills each line with spaces.
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


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


def _time(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M}" if time else ""
