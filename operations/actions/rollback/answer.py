"""RolledBack: the answer of `ops rollback`."""

from typing import Literal

from operations.actions.acting import ActionAnswer
from operations.commands.why.answer import Why


class RolledBack(ActionAnswer):
    """The image that the command has deployed, or has tried to deploy."""

    outcome: Literal["live", "failed", "unchanged"]
    """`unchanged` if the service runs the image already, or if ECS has rolled back the last deployment already."""
    before: str | None
    """The digest that ran before. None if the tasks ran no image, or several images."""
    image: str
    """The digest."""
    execution: str | None
    """The id of the execution. None if the command has followed no execution."""
    revision: str
    """The revision that the service runs now, as `shop-dev:7`."""
    why: Why | None
    """What `ops why` says after a failure."""
