"""The verdict: the incidents of the service, the pipeline, the certificate and the database as one incident."""

from collections.abc import Iterator

from operations.commands.why import pipeline as pipelines
from operations.commands.why import service as services
from operations.commands.why.evidence import Evidence
from operations.commands.why.incident import Incident
from operations.system.pipeline import Execution

BROKEN = {
    "delete-precheck",
    "deleting",
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-create",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "insufficient-capacity",
    "restore-error",
    "stopped",
    "stopping",
    "storage-full",
}
"""Statuses of a database that accepts no connections, or soon accepts none.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
"""


def find(evidence: Evidence) -> Incident:
    """Return what is wrong now, otherwise what has failed last, otherwise what is in progress."""
    service, pipeline = services.state(evidence), pipelines.state(evidence)
    found = [each for each in (service, pipeline, *_others(evidence)) if each]
    notes = tuple(note for each in found for note in each.notes)
    for verdict in ("not healthy", "failed", "in progress"):
        if same := [each for each in found if each.verdict == verdict]:
            return _together(same, service, pipeline, notes)
    if not service or not pipeline:
        missing = " and ".join(name for name, part in (("service", service), ("pipeline", pipeline)) if not part)
        return Incident("unknown", f"the {missing} could not be read", notes)
    return Incident("healthy", service.text, notes)


def _together(
    same: list[Incident], service: Incident | None, pipeline: Incident | None, notes: tuple[str, ...]
) -> Incident:
    """Return one incident. The failed execution belongs to a failed deployment, and the other way around.

    A service or a database that is not healthy now has another cause than an execution that failed before.
    """
    first = same[0]
    if pipeline and pipeline.is_wrong and pipeline not in same and not _deployed(pipeline.execution, service):
        notes, pipeline = (*notes, pipeline.text), None
    execution = pipeline.execution if pipeline else None
    tasks = first.tasks or (service.tasks if service else ())
    return Incident(
        verdict=first.verdict,
        text="; ".join(dict.fromkeys(each.text for each in same)),
        notes=notes,
        deployment=service.deployment if service else None,
        execution=execution,
        tasks=tasks or (pipeline.tasks if pipeline else ()),
        waiting=pipeline.waiting if pipeline else None,
    )


def _deployed(execution: Execution | None, service: Incident | None) -> bool:
    """Return whether an execution has started the deployment that fails."""
    deployment = service.deployment if service else None
    return bool(execution and deployment and execution.started <= deployment.created <= execution.changed)


def _others(evidence: Evidence) -> Iterator[Incident]:
    """Yield what is wrong with the certificate and the database."""
    if evidence.certificate and evidence.certificate.status != "ISSUED":
        found = evidence.certificate
        yield Incident("not healthy", f"the certificate of {found.domain} is {found.status}")
    if evidence.database and evidence.database.status in BROKEN:
        yield Incident("not healthy", f"the database is {evidence.database.status}")
