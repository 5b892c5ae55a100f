"""The actions of a stage, each with its role and its artifacts.

https://docs.aws.amazon.com/codepipeline/latest/userguide/integrations-action-type.html
"""

import logging
from collections.abc import Mapping

from botocore.exceptions import ClientError

from localaws.clock import Clock
from localaws.codepipeline import variables
from localaws.codepipeline.actions import codebuild, ecr_source, ecs_deploy
from localaws.codepipeline.actions.job import Job, Worker
from localaws.codepipeline.artifacts import ArtifactStore
from localaws.codepipeline.execution import FAILED, SUCCEEDED, ActionExecution, ActionFailedError, Execution
from localaws.iam.roles import CODEPIPELINE, AssumeRoleError, Aws

Workers = Mapping[tuple[str, str, str, str], Worker]
"""The workers by category, owner, provider and version of their actions."""

WORKERS: Workers = {
    ("Source", "AWS", "ECR", "1"): ecr_source.run,
    ("Build", "AWS", "CodeBuild", "1"): codebuild.run,
    ("Test", "AWS", "CodeBuild", "1"): codebuild.run,
    ("Deploy", "AWS", "ECS", "1"): ecs_deploy.run,
}


class Actions:
    """The runner of the actions of one pipeline."""

    def __init__(self, aws: Aws, clock: Clock, workers: Workers) -> None:
        self._aws = aws
        self._clock = clock
        self._workers = workers

    def run(self, execution: Execution, action: ActionExecution) -> None:
        """Run an action of an execution until it succeeds or fails."""
        try:
            job = self._job(execution, action)
            self._worker(action)(job)
        except ActionFailedError as failure:
            action.error = failure
        except AssumeRoleError as refusal:
            action.error = ActionFailedError("PermissionError", str(refusal))
        except ClientError as error:
            action.error = _api_failure(error)
        except Exception as error:
            logging.exception("action %s of execution %s: the local AWS failed", action.name, execution.id)
            action.error = ActionFailedError("SystemUnavailable", f"The local AWS failed: {error!r}")
        action.end(FAILED if action.error else SUCCEEDED)

    def _worker(self, action: ActionExecution) -> Worker:
        kind = action.declaration["actionTypeId"]
        key = (kind["category"], kind["owner"], kind["provider"], kind["version"])
        if key not in self._workers:
            known = ", ".join("/".join(name) for name in self._workers)
            raise ActionFailedError(
                "ConfigurationError", f"The local AWS cannot run {'/'.join(key)} actions, only {known}"
            )
        return self._workers[key]

    def _job(self, execution: Execution, action: ActionExecution) -> Job:
        declaration, pipeline = action.declaration, execution.declaration
        store = ArtifactStore.of(pipeline)
        action.configuration = variables.resolve(action.name, declaration.get("configuration", {}), execution.variables)
        for name in (item["name"] for item in declaration.get("inputArtifacts", [])):
            if name not in execution.artifacts:  # AWS refuses such a pipeline in CreatePipeline; moto accepts it
                raise ActionFailedError("ConfigurationError", f"No earlier action has the output artifact {name}")
            action.inputs[name] = execution.artifacts[name]
        action.outputs = {
            item["name"]: store.new_location(pipeline["name"], item["name"])
            for item in declaration.get("outputArtifacts", [])
        }
        role = self._aws.assume_role(pipeline["roleArn"], CODEPIPELINE)
        if "roleArn" in declaration:
            role = self._aws.assume_role(declaration["roleArn"], role.arn)
        return Job(execution, action, role, store, self._clock)


def _api_failure(error: ClientError) -> ActionFailedError:
    denied = error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    return ActionFailedError("PermissionError" if denied else "JobFailed", error.response["Error"]["Message"])
