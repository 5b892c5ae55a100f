"""Verification: what a task of a revision needs to start, and whether it is there."""

from operations.commands.answer import Exit, SystemAnswer
from operations.preflight.finding import Finding, Kind


class Verification(SystemAnswer):
    """The findings about one image and one revision. What was not checked is also in `not_read`."""

    revision: str | None = None
    """The family and the revision that the tasks get: for an image, the running revision with the other image."""
    image: str | None = None
    """The digest or the tag of the image."""
    findings: list[Finding]

    @property
    def exit_code(self) -> Exit:
        """The exit code of the command."""
        unusual = any(each.kind in (Kind.WARNING, Kind.PROBLEM) for each in self.findings)
        return Exit.UNUSUAL if unusual else super().exit_code
