"""Cause: what makes a deployment, an execution or a service fail, with its evidence."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Certainty = Literal["certain", "likely", "possible"]
"""How sure a cause is.

- `certain`: AWS names the cause, or the configuration in AWS cannot work.
- `likely`: AWS names a failure that usually has this cause.
- `possible`: something else fits the time or the place of the failure.
"""

CERTAINTIES: tuple[Certainty, ...] = ("certain", "likely", "possible")
"""All certainties, the surest first."""


class Cause(BaseModel):
    """A cause."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """The kind of the cause, such as `secret-missing`."""
    text: str
    certainty: Certainty
    evidence: list[str]
    """What AWS says about the cause, with the place where AWS says it."""
    advice: str
    """What to do."""
