"""The pipeline: a disabled transition, a stop by a person, or an action that cannot do its work.

https://docs.aws.amazon.com/codepipeline/latest/userguide/troubleshooting.html
"""

from collections.abc import Iterator

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause


def causes(case: Case) -> Iterator[Cause]:
    """Yield what holds or ends an execution in the pipeline itself."""
    pipeline = case.evidence.settings.name
    if stage := case.incident.waiting:
        text = f"The transition into the stage {stage.name} is disabled ({stage.disabled_details})"
        advice = (
            f"Enable the transition: `aws codepipeline enable-stage-transition --pipeline-name {pipeline} --stage-name "
            f"{stage.name} --transition-type Inbound`, or `ops enable-deploys {case.name}` for the stage that deploys. "
            "The waiting execution then continues"
        )
        shown = f"CodePipeline: {', '.join(stage.waiting)} waits to enter the stage {stage.name}"
        yield cause("transition-disabled", text, "certain", advice, shown)
    if said := case.said(
        r"[Dd]id not find the image definition file", r"image definition file .* contains invalid JSON"
    ):
        text = "The build has not written a valid imagedefinitions.json"
        advice = (
            "The build has to write the file as a JSON array with name and imageUri. Correct the build specification"
        )
        yield cause("image-definitions", text, "certain", advice, said.line)
    if said := case.said(r"container (?P<container>\S+) does not exist"):
        text = f"The task definition has no container {said['container']}"
        advice = (
            f"Run `make deploy ENV={case.name}`: the build and the task definition then have the same container name"
        )
        yield cause("container-name", text, "certain", advice, said.line)
    if said := case.said(
        r"another update replaced the deployment", r"[Dd]eployment .* (?:was )?superseded|replaced by"
    ):
        text = "Another deployment of the service replaced the deployment of the pipeline"
        advice = "Start the pipeline again if its image should run"
        yield cause("deployment-replaced", text, "certain", advice, said.line)
    if said := case.said(
        r"(?:ECS )?[Ss]ervice \S+ does not exist", r"ServiceNotFound|ClusterNotFound|service was not found"
    ):
        advice = f"Deploy the environment: `make deploy ENV={case.name}`"
        yield cause("service-missing", "The service of the deploy action does not exist", "certain", advice, said.line)


def time_out(case: Case) -> Iterator[Cause]:
    """Yield the time-out of the deploy action, for an execution for whose failure no other cause is known.

    AWS does not publish the message, and the deployment goes on after the time-out.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
    """
    deploy = [each for each in case.evidence.actions or [] if each.provider == "ECS" and each.status == "Failed"]
    service = case.evidence.service
    said = case.said(r"action Deploy/.*(?:timed? ?out|time-?out|not complete within)")
    goes_on = service and service.primary.rollout_state == "IN_PROGRESS" and not case.incident.tasks
    if not deploy or not (said or goes_on):
        return
    text = "The deployment took longer than the time-out of the deploy action"
    advice = (
        f"The deployment may still complete: look at `ops status {case.name}`. If it does not, start the pipeline "
        "again. The time-out follows from the grace period and the health checks"
    )
    shown = [said.line] if said else []
    shown += [f"ECS: {service.primary.rollout_reason}"] if goes_on and service else []
    yield cause("deployment-timed-out", text, "likely", advice, *shown)


def stop(case: Case) -> Iterator[Cause]:
    """Yield the stop of an execution by a person. After a failed deployment, the stop is an effect."""
    execution = case.incident.execution
    if not execution or execution.status not in ("Stopped", "Cancelled") or case.incident.tasks:
        return
    reason = f" ({execution.stop_reason})" if execution.stop_reason else ", without a reason"
    advice = (
        "Start the pipeline again if the image should run: `aws codepipeline start-pipeline-execution --name "
        f"{case.evidence.settings.name}`"
    )
    shown = f"CodePipeline: execution {execution.id} is {execution.status}"
    yield cause("execution-stopped", f"Somebody stopped the execution{reason}", "likely", advice, shown)
