"""What CodeBuild does and moto does not."""

import json
from collections.abc import Callable

from moto.codebuild import responses
from moto.codebuild.exceptions import ResourceNotFoundException
from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse as Response
from moto.core.responses import ActionResult
from moto.core.utils import unix_time

from localaws.json_types import JsonObject


def takes_the_source_of_a_pipeline() -> None:
    """A project of a pipeline has no location of source and artifacts; moto: "Project source location is required".

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html
    """

    def unless_of_a_pipeline(validate: Callable[[JsonObject], None]) -> Callable[[JsonObject], None]:
        return lambda given: None if given["type"] == "CODEPIPELINE" else validate(given)

    for name in ("_validate_required_params_source", "_validate_required_params_artifacts"):
        setattr(responses, name, unless_of_a_pipeline(getattr(responses, name)))


LAMBDA_COMPUTE = ("LINUX_LAMBDA_CONTAINER", "ARM_LAMBDA_CONTAINER")


def knows_every_environment() -> None:
    """Environments are those of the API's model, Lambda among them, to which a request is held; moto's list is old.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html
    """
    responses._validate_required_params_environment = lambda _: None


def keeps_every_setting_of_a_project() -> None:
    """CreateProject keeps all that it is given and UpdateProject replaces it; moto drops some, and lacks the second.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_UpdateProject.html
    """
    create = Response.create_project

    def create_project(self: Response) -> ActionResult:
        create(self)
        return update_project(self)

    def update_project(self: Response) -> ActionResult:
        settings = json.loads(self.body)
        name = settings.pop("name").rpartition("/")[2]
        project = self.codebuild_backend.codebuild_projects.get(name)
        if not project:
            raise ResourceNotFoundException(f"Project cannot be found: {name}")
        project.project_metadata |= settings | {"lastModified": unix_time()}
        return ActionResult({"project": _filled_in(project.project_metadata)})

    Response.create_project, Response.update_project = create_project, update_project


def fills_in_a_project() -> None:
    """A project has its time-outs, when it was changed, and whether its logs in S3 are encrypted; a list what it lacks.

    moto gives 0 for a time-out that was not sent, the second under another name, and none of the others. On Lambda
    compute a build has 15 minutes, whatever was sent. A field report has those, and 480 for the queue.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Project.html
    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetProjects.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/lambda.html#lambda.limitations
    https://github.com/go-to-k/cdk-real-drift/issues/1625
    """

    def batch_get_projects(self: Response) -> ActionResult:
        known = self.codebuild_backend.codebuild_projects
        names = [name.rpartition("/")[2] for name in self._get_param("names")]
        found = [_filled_in(known[name].project_metadata) for name in names if name in known]
        return ActionResult({"projects": found, "projectsNotFound": [name for name in names if name not in known]})

    Response.batch_get_projects = batch_get_projects


def _filled_in(project: JsonObject) -> JsonObject:
    on_lambda = project["environment"]["type"] in LAMBDA_COMPUTE
    filled_in = {
        **project,
        "lastModified": project.get("lastModified", project["created"]),
        "timeoutInMinutes": 15 if on_lambda else project["timeoutInMinutes"] or 60,
        "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"] or 480,
    }
    logs = project.get("logsConfig", {})
    if "s3Logs" in logs:
        filled_in["logsConfig"] = {**logs, "s3Logs": {"encryptionDisabled": False, **logs["s3Logs"]}}
    return filled_in


def deletes_projects_by_arn() -> None:
    """DeleteProject takes a name or an ARN, as the provider gives; moto says yes to an ARN and deletes nothing.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_DeleteProject.html
    """
    delete = CodeBuildBackend.delete_project

    def delete_project(self: CodeBuildBackend, project: str) -> None:
        delete(self, project.rpartition("/")[2])

    CodeBuildBackend.delete_project = delete_project


FIXES = (
    takes_the_source_of_a_pipeline,
    knows_every_environment,
    keeps_every_setting_of_a_project,
    fills_in_a_project,
    deletes_projects_by_arn,
)
