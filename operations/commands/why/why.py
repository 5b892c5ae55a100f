"""Say why the last deployment or execution has failed, or why the service is not healthy."""

import argparse
from collections.abc import Iterator
from datetime import UTC

from operations.commands import frame
from operations.commands.reading import Reading
from operations.commands.why import judgement, reader, table, verdict
from operations.commands.why.answer import Why
from operations.commands.why.case import Case
from operations.commands.why.evidence import Evidence
from operations.system.deployments import Deployment

HELP = "say why a deployment failed or the service is not healthy"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add no options: `ops why` has only those of all commands."""


def answer(arguments: argparse.Namespace) -> int:
    """Print what is wrong and its causes, and return the exit code."""
    return frame.answer(arguments, "why", read, table.rendered)


def read(reading: Reading) -> Why:
    """Read the environment, and return what is wrong with its causes. Parts that cannot be read are in `not_read`."""
    evidence = reader.overview(reading)
    incident = verdict.find(evidence)
    if incident.is_wrong:
        evidence = reader.details(reading, evidence, incident)
    found = judgement.causes(Case(evidence, incident)) if incident.is_wrong else []
    now, earlier = evidence.revision, evidence.earlier
    return Why(
        verdict=incident.verdict,
        text=incident.text,
        cause=found[0] if found else None,
        other_causes=found[1:],
        changes=[
            *(now.differences(earlier) if now and earlier else ()),
            *_changed_secrets(evidence, incident.deployment),
        ],
        notes=[*incident.notes],
        **reading.source,
    )


def _changed_secrets(evidence: Evidence, failing: Deployment | None) -> Iterator[str]:
    """Yield the secrets that changed after the beginning of the last complete deployment before the one that fails."""
    listed = evidence.service.deployments if evidence.service else ()
    before = [each.created for each in listed if not failing or each.created < failing.created]
    for reference, source in evidence.secrets or []:
        if before and source and source.changed and source.changed > max(before):
            yield f"secret {reference.name}: changed at {source.changed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
