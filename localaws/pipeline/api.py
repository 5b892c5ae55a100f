"""Puts the runner behind the API of moto, in the place of what moto makes up and beside what it has.

moto keeps pipelines, projects and state machines but runs none: an execution succeeds at once or never ends,
BatchGetBuilds invents its answers, and neither a pushed image nor a changed secret starts anything. No request is kept
waiting: whatever runs, runs in a thread of its own.
"""

import copy
import json
from typing import Any, ClassVar

from moto.codebuild import urls as codebuild_urls
from moto.codebuild.responses import CodeBuildResponse
from moto.codepipeline import urls as codepipeline_urls
from moto.codepipeline.exceptions import PipelineExecutionNotFoundException
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.ecr import urls as ecr_urls
from moto.ecr.responses import ECRResponse
from moto.ecs import urls as ecs_urls
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api._internal import urls as moto_urls
from moto.stepfunctions import urls as stepfunctions_urls
from moto.stepfunctions.responses import StepFunctionResponse

from . import deployments, labels, views
from .events import ecr_image_action
from .execution import Pipeline
from .record import Execution
from .runner import Runner
from .wait import DECISIONS_PATH, DELIVERIES_PATH


def install(runner: Runner) -> None:
    """Answer for moto from now on. Call it once in a process, before the server's first request."""
    for api in (CodePipelineApi, CodeBuildApi, EcrApi, EcsApi, StepFunctionsApi):
        api.runner = runner
    codepipeline_urls.url_paths["{0}/$"] = CodePipelineApi.dispatch
    codebuild_urls.url_paths["{0}/$"] = CodeBuildApi.dispatch
    ecr_urls.url_paths["{0}/$"] = EcrApi.dispatch
    ecs_urls.url_paths["{0}/$"] = EcsApi.dispatch
    stepfunctions_urls.url_paths["{0}/$"] = StepFunctionsApi.dispatch
    labels.watch(runner.bus.put)

    def deliveries(*_: object) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(runner.bus.deliveries)

    def decisions(*_: object) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(runner.decisions)

    paths: dict[str, Any] = moto_urls.url_paths
    paths[f"{{0}}{DELIVERIES_PATH}"] = deliveries
    paths[f"{{0}}{DECISIONS_PATH}"] = decisions


class CodePipelineApi(CodePipelineResponse):
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]

    def create_pipeline(self) -> str:
        """A pipeline runs once by itself when it is created."""
        answer = super().create_pipeline()
        self._start(self._get_param("pipeline")["name"], "CreatePipeline")
        return answer

    def delete_pipeline(self) -> str:
        self.runner.forget(self.region, self._get_param("name"))
        return super().delete_pipeline()

    def start_pipeline_execution(self) -> ActionResult:  # type: ignore[override] # moto writes its own JSON
        return ActionResult({"pipelineExecutionId": self._start(self._get_param("name"), "StartPipelineExecution").id})

    def stop_pipeline_execution(self) -> ActionResult:
        execution = self._execution()
        if execution.over:
            raise JsonRESTError(
                "PipelineExecutionNotStoppableException", f"The execution {execution.id} is {execution.status}"
            )
        abandon = bool(self._get_param("abandon"))
        self._pipeline(self._get_param("pipelineName")).stop(
            execution, abandon=abandon, reason=self._get_param("reason")
        )
        return ActionResult({"pipelineExecutionId": execution.id})

    def get_pipeline_state(self) -> ActionResult:
        name = self._get_param("name")
        return ActionResult(views.state(self._declaration(name), self._pipeline(name)))

    def get_pipeline_execution(self) -> ActionResult:  # type: ignore[override] # as above
        return ActionResult({"pipelineExecution": views.execution(self._execution())})

    def list_pipeline_executions(self) -> ActionResult:  # type: ignore[override] # as above
        executions = self._pipeline(self._get_param("pipelineName")).executions
        newest_first = [views.execution_summary(execution) for execution in reversed(executions)]
        return ActionResult({"pipelineExecutionSummaries": newest_first[: self._get_param("maxResults")]})

    def list_action_executions(self) -> ActionResult:
        wanted = (self._get_param("filter") or {}).get("pipelineExecutionId")
        newest_first = [
            views.action_execution(execution, action)
            for execution in reversed(self._pipeline(self._get_param("pipelineName")).executions)
            if wanted in (None, execution.id)
            for action in reversed(execution.actions)
        ]
        return ActionResult({"actionExecutionDetails": newest_first[: self._get_param("maxResults")]})

    def _declaration(self, name: str) -> dict[str, Any]:
        return copy.deepcopy(self.codepipeline_backend.get_pipeline(name)[0])

    def _pipeline(self, name: str) -> Pipeline:
        return self.runner.pipeline(self.region, self._declaration(name)["name"])

    def _execution(self) -> Execution:
        name, wanted = self._get_param("pipelineName"), self._get_param("pipelineExecutionId")
        for execution in self._pipeline(name).executions:
            if execution.id == wanted:
                return execution
        raise PipelineExecutionNotFoundException(f"The pipeline {name} has no execution {wanted}")

    def _start(self, name: str, trigger: str) -> Execution:
        return self._pipeline(name).start(
            self._declaration(name),
            {"triggerType": trigger, "triggerDetail": f"arn:aws:iam::{self.current_account}:root"},
            overrides=self._get_param("variables") or (),
            source_revisions=self._get_param("sourceRevisions") or (),
        )


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
