"""The containers that fail because somebody asked for it: no container runs here, so none fails by itself."""

from localaws.json_types import JsonObject

Container = JsonObject
"""A container of a task, with the members of AWS's `Container`."""


class FailingContainers:
    """Images whose containers fail, for the life of the local AWS."""

    def __init__(self) -> None:
        self._exit_codes: dict[str, int | None] = {}

    def let_fail(self, image: str, exit_code: int | None) -> None:
        """Let containers of an image exit, or with None run without ever passing a health check.

        Args:
            image: The image as a revision names it, or its digest.
            exit_code: What the containers exit with, as soon as they run.
        """
        self._exit_codes[image] = exit_code

    def among(self, containers: list[Container]) -> list[tuple[Container, int | None]]:
        """Return the containers that fail, each with its exit code or None."""
        named = [(each, {each["image"], each.get("imageDigest")} & self._exit_codes.keys()) for each in containers]
        return [(container, self._exit_codes[min(names)]) for container, names in named if names]
