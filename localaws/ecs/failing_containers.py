"""Containers that a test or a rehearsal makes fail. The local AWS runs no containers, so none fails by itself."""

from localaws.json_types import JsonObject

Container = JsonObject
"""A container of a task, with the members of AWS's data type `Container`."""


class FailingContainers:
    """The images whose containers fail. No image is removed before the local AWS ends."""

    def __init__(self) -> None:
        self._exit_codes: dict[str, int | None] = {}

    def let_fail(self, image: str, exit_code: int | None) -> None:
        """Let the containers of an image fail. They exit at once, or they run and fail their health checks.

        Args:
            image: The image as a task definition names it, or its digest.
            exit_code: The exit code, or None for containers that run and fail their health checks.
        """
        self._exit_codes[image] = exit_code

    def among(self, containers: list[Container]) -> list[tuple[Container, int | None]]:
        """Return the containers that fail, each with its exit code.

        The exit code is None for a container that fails its health checks.
        """
        matches = [(each, {each["image"], each.get("imageDigest")} & self._exit_codes.keys()) for each in containers]
        return [(container, self._exit_codes[min(images)]) for container, images in matches if images]
