"""One push on its way to the running service: the article's five steps, each read through the AWS API."""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from operations.wait import until
from rehearsal.images import FILE, push_image
from rehearsal.system import TIMEOUT_SECONDS, CheckError, System, expect
from settings import WILDCARD, PipelineSettings
from settings.deployment import MAX_TIMEOUT_MINUTES


@dataclass(frozen=True)
class Push:
    """An image that was pushed, and what the service ran before."""

    digest: str
    newest_before: int
    """The number of the newest revision, whether that ever ran or not."""
    running_before: dict[str, Any]
    decided_before: int
    """How many decisions IAM had taken."""


def tag_of(settings: PipelineSettings, content: bytes) -> str:
    """Return a watched tag for the image of a content: the one that moves, or one of its own."""
    return settings.moving_tag or settings.watch.replace(WILDCARD, content.decode(), 1).replace(WILDCARD, "")


class Delivery:
    """The pushes of watched tags to the repository of a deployed system."""

    def __init__(self, system: System, *, settings: PipelineSettings) -> None:
        self._system = system
        self._settings = settings
        self._codepipeline = system.aws.client("codepipeline")

    def first_execution(self) -> str:
        """The pipeline runs by itself when it is created: wait for that run, and see the image live.

        Where a pattern is watched, the run has no source revision: it must fail in Source, and deploy nothing.
        """
        [summary] = self._codepipeline.list_pipeline_executions(pipelineName=self._system.pipeline_name)[
            "pipelineExecutionSummaries"
        ]
        execution = summary["pipelineExecutionId"]
        if not self._settings.moving_tag:
            until(lambda: self._over(execution), TIMEOUT_SECONDS, f"execution {execution} is not over")
            ended = [(action["stageName"], action["status"]) for action in self._actions(execution)]
            expect("the first run, without a source revision", ended, [("Source", "Failed")])
            return f"no source revision: failed in Source, {self._system.revision()} runs as before"
        self._finish(execution, since=0)
        return f"{self._system.revision()} runs {self._system.container()['image']}"

    def push(self, content: bytes, *, command: str = FILE) -> Push:
        """Step 1: an image is pushed."""
        before, decided = self._system.task_definition(), len(self._system.aws.decisions())
        newest = self._system.ecs.describe_task_definition(taskDefinition=before["family"])["taskDefinition"]
        tag = tag_of(self._settings, content)
        digest = push_image(self._system.ecr, self._system.repository_name, tag, content, command=command)
        return Push(digest, newest["revision"], before, decided)

    def started(self, push: Push) -> str:
        """Step 2: the push starts the pipeline, by the rule, and the source action resolves it; the execution's id."""
        execution = self._execution_of(push)
        self._finish(execution, since=push.decided_before)
        detail = json.loads(self._artifact(execution, "ECR", "imageDetail.json"))
        expect("the digest in imageDetail.json", detail["ImageDigest"], push.digest)
        return execution

    def stopped(self, push: Push) -> str:
        """Instead of steps 2 to 5, where the tasks do not start: the execution is stopped; its reason."""
        execution = self._execution_of(push)
        until(lambda: self._over(execution), TIMEOUT_SECONDS, f"execution {execution} is not over")
        found = self._summary(execution)
        if found["status"] != "Stopped":
            self._fail([f"execution {execution} must be stopped, is {found['status']}"], since=push.decided_before)
        expect("the deploy action", self._action(execution, "ECS")["status"], "Abandoned")
        reason: str = found["stopTrigger"]["reason"]
        return reason

    def rolled_back(self, push: Push) -> str:
        """After that: the service runs what it ran before the push."""
        self.settle()
        expect("the revision that runs", self._system.task_definition()["revision"], push.running_before["revision"])
        return f"{self._system.revision()} runs, as before"

    def settle(self) -> None:
        """Wait until the service has no deployment in progress."""
        until(self._settled, TIMEOUT_SECONDS, "a deployment of the service is in progress")

    def built(self, push: Push, execution: str) -> str:
        """Step 3: the build wrote imagedefinitions.json out of its environment; the file's text."""
        text = self._artifact(execution, "CodeBuild", "imagedefinitions.json")
        name = self._system.container()["name"]
        expect("imagedefinitions.json", json.loads(text), [{"name": name, "imageUri": self.image(push)}])
        return text.strip()

    def deployed(self, push: Push, execution: str) -> str:
        """Steps 4 and 5: the deploy action registered one further revision, only the image changed, and it runs."""
        deploy = self._action(execution, "ECS")
        now = self._system.task_definition()
        expect("the revision that runs", now["revision"], push.newest_before + 1)
        expect("the revision that the deploy action registered", _external_id(deploy), now["taskDefinitionArn"])
        expect("the image that runs", now["containerDefinitions"][0]["image"], self.image(push))
        expect("the revision but for its image", _but_for_the_image(now), _but_for_the_image(push.running_before))
        return f"{self._system.revision()} runs {push.digest[:19]}…, only the image changed"

    def image(self, push: Push) -> str:
        """The reference under which the pushed image is deployed."""
        return f"{self._system.repository_url}@{push.digest}"

    def _finish(self, execution: str, *, since: int) -> None:
        """Wait for the end of an execution; it must have succeeded, and IAM denied nothing since then."""
        until(lambda: self._over(execution), TIMEOUT_SECONDS, f"execution {execution} is not over")
        wrong = []
        for action in self._actions(execution):
            if action["status"] == "Abandoned":
                reason = self._summary(execution)["stopTrigger"]["reason"]
                wrong.append(f"the pipeline was stopped in {action['stageName']}: {reason}")
            elif action["status"] != "Succeeded":
                error = action["output"]["executionResult"].get("errorDetails", {})
                where = f"{self._system.pipeline_name}, {action['stageName']}/{action['actionName']}"
                wrong.append(f"the pipeline failed in {where}: {error.get('code')}: {error.get('message')}")
        self._fail(wrong, since=since)

    def _fail(self, wrong: list[str], *, since: int) -> None:
        """Raise CheckError if anything is wrong, or if IAM has denied anything since then."""
        denied = [one["message"] for one in self._system.aws.decisions()[since:] if not one["allowed"]]
        if wrong or denied:
            raise CheckError("\n".join([*wrong, *(f"AccessDenied: {message}" for message in dict.fromkeys(denied))]))

    def _execution_of(self, push: Push) -> str:
        return self._system.started_by(
            f"the push of {push.digest} to {self._system.repository_name}",
            lambda event: (
                event["detail"].get("image-digest") == push.digest and event["detail"]["action-type"] == "PUSH"
            ),
        )

    def _summary(self, execution: str) -> dict[str, Any]:
        listed = self._codepipeline.list_pipeline_executions(pipelineName=self._system.pipeline_name)
        summaries: list[dict[str, Any]] = listed["pipelineExecutionSummaries"]
        [found] = [each for each in summaries if each["pipelineExecutionId"] == execution]
        return found

    def _settled(self) -> dict[str, Any] | None:
        deployment = self._system.deployment()
        return deployment if deployment["rolloutState"] == "COMPLETED" else None

    def _over(self, execution: str) -> dict[str, Any] | None:
        """Return an execution that is over. Let the time-out pass if that is all that can end it."""
        answer = self._codepipeline.get_pipeline_execution(
            pipelineName=self._system.pipeline_name, pipelineExecutionId=execution
        )
        found: dict[str, Any] = answer["pipelineExecution"]
        if found["status"] not in ("InProgress", "Stopping"):
            return found
        waiting = [action for action in self._actions(execution) if action["status"] == "InProgress"]
        deployed = {action["output"].get("executionResult", {}).get("externalExecutionId") for action in waiting}
        failed = [each for each in self._system.service()["deployments"] if each["rolloutState"] == "FAILED"]
        if any(each["taskDefinition"] in deployed and self._is_left_waiting(each["id"]) for each in failed):
            self._system.aws.advance(seconds=60 * MAX_TIMEOUT_MINUTES)
        return None

    def _is_left_waiting(self, deployment: str) -> bool:
        """Whether all that the event of a failed deployment has started is over."""
        told = [
            delivery
            for delivery in self._system.aws.deliveries()
            if delivery["event"]["detail"].get("deploymentId") == deployment
            and delivery["event"]["detail"]["eventName"] == "SERVICE_DEPLOYMENT_FAILED"
        ]
        targets = [target for delivery in told for rule in delivery["rules"] for target in rule["targets"]]
        states = self._system.aws.client("stepfunctions")
        started = [states.describe_execution(executionArn=each["started"]) for each in targets if "started" in each]
        return bool(told) and all(each["status"] != "RUNNING" for each in started)

    def _actions(self, execution: str) -> list[dict[str, Any]]:
        answer = self._codepipeline.list_action_executions(
            pipelineName=self._system.pipeline_name, filter={"pipelineExecutionId": execution}
        )
        actions: list[dict[str, Any]] = answer["actionExecutionDetails"]
        return actions

    def _action(self, execution: str, provider: str) -> dict[str, Any]:
        found = [a for a in self._actions(execution) if a["input"]["actionTypeId"]["provider"] == provider]
        if len(found) != 1:
            raise CheckError(
                f"the pipeline {self._system.pipeline_name} must have one {provider} action, ran {len(found)}"
            )
        return found[0]

    def _artifact(self, execution: str, provider: str, file: str) -> str:
        artifacts = self._action(execution, provider)["output"].get("outputArtifacts", [])
        if len(artifacts) != 1:
            raise CheckError(f"the {provider} action must have one output artifact, has {len(artifacts)}")
        location = artifacts[0]["s3location"]
        answer = self._system.aws.client("s3").get_object(Bucket=location["bucket"], Key=location["key"])
        with zipfile.ZipFile(io.BytesIO(answer["Body"].read())) as archive:
            return archive.read(file).decode()


def _external_id(action: dict[str, Any]) -> str:
    arn: str = action["output"]["executionResult"]["externalExecutionId"]
    return arn


def _but_for_the_image(definition: dict[str, Any]) -> dict[str, Any]:
    [container] = definition["containerDefinitions"]
    own = {
        *("revision", "taskDefinitionArn", "registeredAt", "registeredBy", "deregisteredAt"),
        "requiresAttributes",  # which ECS reads off the image, too
    }
    rest = {name: value for name, value in definition.items() if name not in own}
    return rest | {"containerDefinitions": [{**container, "image": None}]}
