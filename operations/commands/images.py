"""Show the images that can be deployed, the newest first: which one runs, which ones ran, and what scans have found."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from rich.console import RenderableType
from rich.filesize import decimal

from operations.commands import frame, options
from operations.commands.answer import SystemAnswer
from operations.commands.reading import Reading
from operations.commands.table import missing, short, table, time, with_notes
from operations.system.images import DeployableImage, Scan

HELP = "show the images that can be deployed"
REVISIONS = 30
"""The number of revisions whose images are marked, in addition to the images of successful executions."""


class ListedImage(BaseModel):
    """An image that can be deployed."""

    model_config = ConfigDict(frozen=True)

    digest: str
    tags: tuple[str, ...]
    pushed: datetime
    size_bytes: int
    state: Literal["runs", "ran", ""]
    """Whether the service runs the image, or ran it."""
    platforms: list[str] | None
    scan: Scan | None
    """None if the image was not scanned, or if the scans were not read."""


class Images(SystemAnswer):
    """The images that can be deployed, the newest first."""

    images: list[ListedImage] | None = None
    total: int | None = None
    """The number of images without the limit."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    options.add_limit(parser, default=10, what="images")


def answer(arguments: argparse.Namespace) -> int:
    """Print the images of an environment, and return the exit code."""
    return frame.answer(arguments, "images", partial(read, limit=arguments.limit), rendered)


def read(reading: Reading, limit: int) -> Images:
    """Read the newest images, and what the service runs and ran."""
    deployed = reading.deployed
    found = reading.parts(
        {
            "images": deployed.deployable,
            "service": deployed.running,
            "executions": deployed.newest_executions,
            "revisions": partial(deployed.revisions, REVISIONS),
        }
    )
    images: list[DeployableImage] = found.get("images", [])[:limit]
    details = reading.parts(
        {"platforms": partial(deployed.images.platforms, images), "scans": partial(deployed.images.scans, images)}
        if images
        else {}
    )
    listed = [
        ListedImage(
            digest=image.digest,
            tags=image.tags,
            pushed=image.pushed,
            size_bytes=image.size_bytes,
            state=_state(image.digest, found),
            platforms=details["platforms"][image.digest] if "platforms" in details else None,
            scan=details["scans"][image.digest] if "scans" in details else None,
        )
        for image in images
    ]
    if "images" not in found:
        return Images(**reading.source)
    return Images(**reading.source, images=listed, total=len(found["images"]))


def _state(digest: str, found: dict[str, Any]) -> Literal["runs", "ran", ""]:
    if "service" in found and digest in found["service"].digests:
        return "runs"
    ran = {each.digest for each in found.get("executions", []) if each.status == "Succeeded"}
    ran |= {each.digest for each in found.get("revisions", []) if not _failed(each.digest, found)}
    return "ran" if digest in ran else ""


def _failed(digest: str | None, found: dict[str, Any]) -> bool:
    """Return whether executions have deployed an image, and none of them succeeded."""
    statuses = {each.status for each in found.get("executions", []) if each.digest == digest}
    return bool(statuses) and "Succeeded" not in statuses


def rendered(found: Images) -> list[RenderableType]:
    """Return the table of the images, and below the table what was not read."""
    unread = {each.part for each in found.not_read}
    rows = [
        (
            f"{short(image.digest)}\n{', '.join(image.tags)}".rstrip(),
            image.state,
            time(image.pushed),
            decimal(image.size_bytes),
            "\n".join(image.platforms or []),
            "" if "scans" in unread else _scan(image.scan),
        )
        for image in found.images or []
    ]
    titles = ("image", "service", "pushed (UTC)", "size", "platform", "scan")
    return with_notes(table(titles, rows), [*missing(found.not_read), *_more(found)])


def _more(found: Images) -> Iterator[tuple[str, str]]:
    if found.images == []:
        yield "images", "the repository has no image"
    elif found.images and found.total and found.total > len(found.images):
        yield "images", f"{found.total - len(found.images)} older images are not shown; see --limit"


def _scan(scan: Scan | None) -> str:
    if scan is None:
        return "not scanned"
    counts = [f"{number} {severity.lower()}" for severity, number in scan.findings.items() if number]
    if scan.ended:
        return "\n".join(counts) or "no findings"
    return "\n".join([scan.status.lower().replace("_", " "), *counts])
