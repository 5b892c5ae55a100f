"""Puts the runner behind the API of moto, in the place of what moto makes up and beside what it has.

moto keeps pipelines, projects and state machines but runs none: an execution succeeds at once or never ends,
BatchGetBuilds invents its answers, and neither a pushed image nor a changed secret starts anything. No request is kept
waiting: whatever runs, runs in a thread of its own.
"""

import json
from typing import Any, ClassVar

from moto.codebuild import urls as codebuild_urls
from moto.codebuild.responses import CodeBuildResponse
from moto.codepipeline import urls as codepipeline_urls
from moto.core.responses import ActionResult
from moto.ecr import urls as ecr_urls
from moto.ecr.responses import ECRResponse
from moto.ecs import urls as ecs_urls
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api._internal import urls as moto_urls
from moto.stepfunctions import urls as stepfunctions_urls
from moto.stepfunctions.responses import StepFunctionResponse

from localaws.codepipeline import views
from localaws.codepipeline.api import CodePipelineApi
from localaws.ecs import deployments
from localaws.events.bus import ecr_image_action
from localaws.runner import Runner
from localaws.secretsmanager import events
from localaws.server import DECISIONS_PATH, DELIVERIES_PATH


def install(runner: Runner) -> None:
    """Answer for moto from now on. Call it once in a process, before the server's first request."""
    for api in (CodePipelineApi, CodeBuildApi, EcrApi, EcsApi, StepFunctionsApi):
        api.runner = runner
    codepipeline_urls.url_paths["{0}/$"] = CodePipelineApi.dispatch
    codebuild_urls.url_paths["{0}/$"] = CodeBuildApi.dispatch
    ecr_urls.url_paths["{0}/$"] = EcrApi.dispatch
    ecs_urls.url_paths["{0}/$"] = EcsApi.dispatch
    stepfunctions_urls.url_paths["{0}/$"] = StepFunctionsApi.dispatch
    events.watch(runner.bus.put)

    def deliveries(*_: object) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(runner.bus.deliveries)

    def decisions(*_: object) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(runner.decisions)

    paths: dict[str, Any] = moto_urls.url_paths
    paths.clear()  # reset, seed, configuration: nothing of this project asks for them
    paths[f"{{0}}{DELIVERIES_PATH}"] = deliveries
    paths[f"{{0}}{DECISIONS_PATH}"] = decisions


class CodeBuildApi(CodeBuildResponse):
    """https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]

    def start_build(self) -> ActionResult:
        """moto refuses an unknown project and chooses the id; what it then pretends to have built is not shown."""
        pretended: Any = super().start_build().result
        build = self.runner.build(self.region, pretended["build"]["arn"], json.loads(self.body))
        return ActionResult({"build": views.build(build)})

    def batch_get_builds(self) -> ActionResult:
        ids = self._get_param("ids")
        builds = [views.build(self.runner.builds[id_]) for id_ in ids if id_ in self.runner.builds]
        return ActionResult({"builds": builds, "buildsNotFound": [id_ for id_ in ids if id_ not in self.runner.builds]})


class EcrApi(ECRResponse):
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]

    def put_image(self) -> ActionResult:
        tag = self._get_param("imageTag")
        try:
            answer = super().put_image()
        except Exception:
            self._tell("PUSH", succeeded=False, digest=self._get_param("imageDigest"), tag=tag)
            raise
        pushed: Any = answer.result
        self._tell("PUSH", succeeded=True, digest=pushed["image"].image_digest, tag=tag)
        return answer

    def batch_delete_image(self) -> ActionResult:
        answer = super().batch_delete_image()
        outcome: Any = answer.result
        for deleted in outcome["imageIds"]:
            self._tell("DELETE", succeeded=True, digest=deleted.image_digest, tag=deleted.image_tag)
        for failure in outcome["failures"]:
            image = failure["imageId"]
            self._tell("DELETE", succeeded=False, digest=image.get("imageDigest"), tag=image.get("imageTag"))
        return answer

    def _tell(self, action: str, *, succeeded: bool, digest: str | None, tag: str | None) -> None:
        self.runner.bus.put(
            ecr_image_action(
                account=self.current_account,
                region=self.region,
                action=action,
                succeeded=succeeded,
                repository=self._get_param("repositoryName"),
                digest=digest,
                tag=tag,
            )
        )


class EcsApi(EC2ContainerServiceResponse):
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]

    def create_service(self) -> ActionResult:
        answer = super().create_service()
        created: Any = answer.result
        self._deploy(created["service"])
        return answer

    def update_service(self) -> ActionResult:
        """A deployment is begun by another revision, or by force."""
        cluster, name = self._get_param("cluster", "default"), self._get_param("service").rpartition("/")[2]
        before = self.ecs_backend._get_service(cluster, name).task_definition
        answer = super().update_service()
        updated: Any = answer.result
        service = updated["service"]
        if self._get_param("forceNewDeployment") or service.task_definition != before:
            self._deploy(service)
        else:
            deployments.scale(self.ecs_backend, service)
        return answer

    def _deploy(self, service: Service) -> None:
        if service.deployments:  # another controller than ECS has deployments of its own
            deployments.begin(self.runner.aws(self.region), self.runner.turn, self.ecs_backend, service)


class StepFunctionsApi(StepFunctionResponse):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html"""

    runner: ClassVar[Runner]

    def start_execution(self) -> ActionResult:
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        before = len(machine.executions)
        answer = super().start_execution()
        if len(machine.executions) > before:  # else the request repeats one whose execution still runs
            self.runner.execute(self.region, machine, machine.executions[-1])
        return answer
