"""Continuous delivery in five steps, from a push to the running service, observed through the AWS API."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.wait import until
from rehearsal.execution import Execution
from rehearsal.images.image import FILE, push_image
from rehearsal.system import TIMEOUT_SECONDS, System, expect
from settings import WILDCARD, PipelineSettings

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import DeploymentTypeDef, TaskDefinitionTypeDef

SET_BY_ECS = {"revision", "taskDefinitionArn", "registeredAt", "registeredBy", "deregisteredAt", "requiresAttributes"}
"""The members of a revision that ECS sets. ECS derives `requiresAttributes` from the image and from other settings."""


@dataclass(frozen=True)
class Push:
    """A pushed image, and the state of the system before the push."""

    digest: str
    newest_before: int
    """The number of the newest revision, even if it never ran."""
    running_before: "TaskDefinitionTypeDef"
    """The revision that the service ran before the push."""
    decided_before: int
    """The number of IAM's decisions before the push."""


def tag_of(settings: PipelineSettings, content: bytes) -> str:
    """Return a watched tag for an image: the moving tag, or a tag that matches the pattern."""
    return settings.moving_tag or settings.watch.replace(WILDCARD, content.decode(), 1).replace(WILDCARD, "")


class Delivery:
    """The pipeline of a deployed system, and pushes to its repository."""

    def __init__(self, system: System, *, settings: PipelineSettings) -> None:
        self._system = system
        self._settings = settings

    def first_execution(self) -> str:
        """Wait for the execution that CodePipeline starts for a new pipeline, and return the result.

        If the settings watch one tag, the execution must succeed. If the settings watch a pattern, the execution must
        fail in the stage Source and deploy nothing, because it has no source revision.
        """
        [only] = self._system.executions.ids()
        execution = Execution(self._system, only)
        if not self._settings.moving_tag:
            execution.wait()
            ended = [(action.stage, action.status) for action in execution.actions()]
            expect("the first execution, without a source revision", ended, [("Source", "Failed")])
            return f"no source revision: failed in Source, {self._system.revision()} runs as before"
        execution.expect_success(decided_before=0)
        return f"{self._system.revision()} runs {self._system.container()['image']}"

    def push(self, content: bytes, *, command: str = FILE) -> Push:
        """Push an image with a watched tag (step 1)."""
        before, decided = self._system.task_definition(), len(self._system.aws.decisions())
        newest = self._system.ecs.describe_task_definition(taskDefinition=before["family"])["taskDefinition"]
        tag = tag_of(self._settings, content)
        digest = push_image(self._system.ecr, self._system.repository_name, tag, content, command=command)
        return Push(digest, newest["revision"], before, decided)

    def started(self, push: Push) -> Execution:
        """Wait for the execution that a push starts (step 2). Its source action must find the pushed image."""
        execution = self._execution_of(push)
        execution.expect_success(decided_before=push.decided_before)
        detail = json.loads(execution.artifact("ECR", "imageDetail.json"))
        expect("the digest in imageDetail.json", detail["ImageDigest"], push.digest)
        return execution

    def built(self, push: Push, execution: Execution) -> str:
        """Return imagedefinitions.json, which the build must have written from its environment variables (step 3)."""
        text = execution.artifact("CodeBuild", "imagedefinitions.json")
        name = self._system.container()["name"]
        expect("imagedefinitions.json", json.loads(text), [{"name": name, "imageUri": self._image(push)}])
        return text.strip()

    def deployed(self, push: Push, execution: Execution) -> str:
        """Return the revision that runs (steps 4 and 5). It must be new, and only the image may have changed."""
        registered = execution.action("ECS").external_id
        now = self._system.task_definition()
        expect("the revision that runs", now["revision"], push.newest_before + 1)
        expect("the revision that the deploy action registered", registered, now["taskDefinitionArn"])
        expect("the image that runs", now["containerDefinitions"][0]["image"], self._image(push))
        expect("the revision without its image", _without_image(now), _without_image(push.running_before))
        return f"{self._system.revision()} runs {push.digest[:19]}…, only the image changed"

    def stopped(self, push: Push) -> str:
        """Wait until the execution of a push is stopped, and return the reason. The pushed image must be broken."""
        return self._execution_of(push).expect_stop(decided_before=push.decided_before)

    def rolled_back(self, push: Push) -> str:
        """Return the revision that runs after the roll-back of a push. It must be the one that ran before the push."""
        self.wait_for_deployment()
        expect("the revision that runs", self._system.task_definition()["revision"], push.running_before["revision"])
        return f"{self._system.revision()} runs, as before"

    def wait_for_deployment(self) -> None:
        """Wait until the newest deployment of the service is complete."""
        until(self._complete_deployment, TIMEOUT_SECONDS, "a deployment of the service is in progress")

    def _complete_deployment(self) -> "DeploymentTypeDef | None":
        deployment = self._system.deployment()
        return deployment if deployment["rolloutState"] == "COMPLETED" else None

    def _execution_of(self, push: Push) -> Execution:
        name = self._system.repository_name
        wanted = {"image-digest": push.digest, "repository-name": name, "action-type": "PUSH"}
        started = self._system.started_by(
            f"the push of {push.digest} to {name}", lambda event: wanted.items() <= event["detail"].items()
        )
        return Execution(self._system, started)

    def _image(self, push: Push) -> str:
        return f"{self._system.repository_url}@{push.digest}"


def _without_image(definition: "TaskDefinitionTypeDef") -> dict[str, object]:
    [container] = definition["containerDefinitions"]
    rest = {name: value for name, value in definition.items() if name not in SET_BY_ECS}
    return rest | {"containerDefinitions": [{**container, "image": None}]}
