"""The judgement: the causes of an incident, the surest first."""

from collections.abc import Callable, Iterator

from operations.commands.why.case import Case
from operations.commands.why.cause import CERTAINTIES, Cause
from operations.commands.why.kinds import (
    build,
    capacity,
    certificate,
    container,
    database,
    health_checks,
    image,
    logs,
    network,
    permissions,
    pipeline,
    secrets,
)

Kind = Callable[[Case], Iterator[Cause]]

KINDS: tuple[Kind, ...] = (
    permissions.causes,
    secrets.causes,
    image.causes,
    logs.causes,
    network.causes,
    capacity.causes,
    database.causes,
    container.causes,
    health_checks.causes,
    build.causes,
    pipeline.causes,
    certificate.causes,
)
"""The kinds of causes. Of two causes that are equally sure, the one of the earlier kind comes first."""


def causes(case: Case) -> list[Cause]:
    """Return the causes of an incident, the surest first.

    The exit of a container, the time-out of an action and the stop of an execution are causes only if the evidence does
    not say what led to them.
    """
    found = [cause for kind in KINDS for cause in kind(case)]
    if not any(cause.certainty != "possible" for cause in found):
        found = [*container.exits(case), *pipeline.time_out(case), *pipeline.stop(case), *found]
    return sorted(found, key=lambda cause: CERTAINTIES.index(cause.certainty))
