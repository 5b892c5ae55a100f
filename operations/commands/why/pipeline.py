"""The pipeline: whether its newest execution has failed, is in progress or waits.

A stopped execution is an effect. The tasks that began during the execution show the cause.
"""

from collections.abc import Iterator
from datetime import datetime

from operations.commands.why.evidence import Evidence
from operations.commands.why.incident import Incident
from operations.commands.why.service import failed
from operations.system.pipeline import FAILED, IN_PROGRESS, Execution, Stage
from operations.system.tasks import Task


def state(evidence: Evidence) -> Incident | None:
    """Return the state of the newest execution that was not superseded. Return None if the pipeline was not read."""
    if evidence.executions is None and evidence.stages is None:
        return None
    stages = evidence.stages or []
    notes = tuple(_notes(stages))
    newest = next(
        (each for each in evidence.executions or _of_stages(stages, evidence) if each.status != "Superseded"), None
    )
    if newest is None:
        return Incident("healthy", "the pipeline never ran", notes)
    held = next((stage for stage in stages if stage.disabled and newest.id in stage.waiting), None)
    if held and newest.status in IN_PROGRESS:
        text = f"execution {newest.id} waits for the stage {held.name}"
        return Incident("failed", text, execution=newest, waiting=held)
    if newest.status in IN_PROGRESS:
        return Incident("in progress", f"execution {newest.id} is {newest.status}", notes)
    if newest.status in FAILED:
        return Incident(
            "failed",
            f"execution {newest.id} is {newest.status}",
            notes,
            execution=newest,
            tasks=_during(evidence, newest),
        )
    return Incident("healthy", f"execution {newest.id} is {newest.status}", notes)


def _notes(stages: list[Stage]) -> Iterator[str]:
    for stage in stages:
        if stage.disabled and not stage.waiting:
            why = stage.disabled_details
            yield f"the transition into stage {stage.name} is disabled ({why}); no execution waits for it"


def _of_stages(stages: list[Stage], evidence: Evidence) -> list[Execution]:
    """Return the last executions of the stages, the newest first, if the executions could not be listed."""
    seen = [stage for stage in stages if stage.status]
    newest = sorted(seen, key=lambda stage: stage.changed or evidence.now, reverse=True)
    return [_of_stage(stage, stage.changed or evidence.now) for stage in newest]


def _of_stage(stage: Stage, changed: datetime) -> Execution:
    return Execution(
        id=stage.execution,
        status=stage.status,
        started=changed,
        changed=changed,
        digest="",
        trigger="",
        trigger_detail="",
        summary="",
    )


def _during(evidence: Evidence, execution: Execution) -> tuple[Task, ...]:
    """Return the failed tasks that began during an execution."""
    return tuple(
        task for task in evidence.tasks or [] if failed(task) and execution.started <= task.created <= execution.changed
    )
