"""Containers that a test or a rehearsal makes fail. The local AWS runs no containers, so none fails by itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from localaws.json_types import JsonObject

Container = JsonObject
"""A container of a task, with the members of AWS's data type `Container`."""

KILLED = 137
"""The exit code of a process that the kernel has killed: 128 and the number of SIGKILL."""
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
"""The `reason` of a container that has used more memory than the task or the container may use.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""


@dataclass(frozen=True)
class Failure:
    """The failure of a container."""

    exit_code: int | None
    """The code with which the container exits at once. None if it keeps running and fails its health checks."""
    reason: str | None = None
    """The `reason` of the container, if ECS gives one."""
    log: tuple[str, ...] = ()
    """The lines that the container writes before it fails."""


class FailingContainers:
    """The images whose containers fail. No image is removed before the local AWS ends."""

    def __init__(self) -> None:
        self._failures: dict[str, Failure] = {}

    def let_fail(
        self, image: str, exit_code: int | None, *, log: Iterable[str] = (), out_of_memory: bool = False
    ) -> None:
        """Let the containers of an image fail. They exit at once, or they run and fail their health checks.

        Args:
            image: The image as a task definition names it, or its digest.
            exit_code: The exit code, or None for containers that run and fail their health checks.
            log: The lines that the containers write before they fail.
            out_of_memory: Whether the containers are killed because they use too much memory.
        """
        self._failures[image] = (
            Failure(KILLED, OUT_OF_MEMORY, tuple(log)) if out_of_memory else Failure(exit_code, log=tuple(log))
        )

    def of(self, image: str, digest: str | None) -> Failure | None:
        """Return the failure of the containers of an image, or None if they do not fail.

        Args:
            image: The image as a task definition names it.
            digest: The digest of the image, if it is in ECR.
        """
        return self._failures.get(image) or self._failures.get(digest or "")

    def among(self, containers: list[Container]) -> list[tuple[Container, Failure]]:
        """Return the containers that fail, each with its failure."""
        failures = [(each, self.of(each["image"], each.get("imageDigest"))) for each in containers]
        return [(container, failure) for container, failure in failures if failure]
