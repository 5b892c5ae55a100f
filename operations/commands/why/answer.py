"""Why: the answer of `ops why`."""

from operations.commands.answer import Exit, SystemAnswer
from operations.commands.why.cause import Cause
from operations.commands.why.incident import Verdict


class Why(SystemAnswer):
    """What is wrong in an environment, and its causes."""

    verdict: Verdict
    text: str
    """What is wrong, or that nothing is wrong."""
    cause: Cause | None = None
    """The surest cause. None if nothing is wrong, or if the evidence names no cause."""
    other_causes: list[Cause]
    changes: list[str]
    """How the revision that fails differs from the revision before it, without the values of variables."""
    notes: list[str]
    """What looks unusual and is not wrong."""

    @property
    def exit_code(self) -> Exit:
        """The exit code of the command."""
        return Exit.UNUSUAL if self.verdict in ("not healthy", "failed") else super().exit_code
