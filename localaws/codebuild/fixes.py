"""Fixes for CodeBuild where moto answers differently from AWS."""

import json
from collections.abc import Callable

from moto.codebuild import responses
from moto.codebuild.exceptions import ResourceNotFoundException
from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse as Response
from moto.core.responses import ActionResult
from moto.core.utils import unix_time

from localaws.json_types import JsonObject


def accept_pipeline_sources() -> None:
    """Accept a project for a pipeline, although the project has no locations for its source and its artifacts.

    moto refuses such a project: "Project source location is required".

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html
    """

    def unless_in_a_pipeline(validate: Callable[[JsonObject], None]) -> Callable[[JsonObject], None]:
        return lambda settings: None if settings["type"] == "CODEPIPELINE" else validate(settings)

    for name in ("_validate_required_params_source", "_validate_required_params_artifacts"):
        setattr(responses, name, unless_in_a_pipeline(getattr(responses, name)))


LAMBDA_COMPUTE = ("LINUX_LAMBDA_CONTAINER", "ARM_LAMBDA_CONTAINER")


def accept_all_environment_types() -> None:
    """Accept every environment type of the API model, such as Lambda.

    moto has an older list of types. The validation of requests against the API model still applies.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html
    """
    responses._validate_required_params_environment = lambda _: None


def keep_project_settings() -> None:
    """Store all settings of a CreateProject request. On UpdateProject, replace only the settings in the request.

    moto drops some settings and does not implement UpdateProject.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_UpdateProject.html
    """
    create = Response.create_project

    def create_project(self: Response) -> ActionResult:
        create(self)
        return kept(self, {})

    def update_project(self: Response) -> ActionResult:
        return kept(self, {"lastModified": unix_time()})

    def kept(self: Response, times: JsonObject) -> ActionResult:
        settings = json.loads(self.body)
        name = settings.pop("name").rpartition("/")[2]
        project = self.codebuild_backend.codebuild_projects.get(name)
        if not project:
            raise ResourceNotFoundException(f"Project cannot be found: {name}")
        project.project_metadata |= settings | times
        return ActionResult({"project": _filled_in(project.project_metadata)})

    Response.create_project, Response.update_project = create_project, update_project


def fill_in_project_defaults() -> None:
    """Fill in the timeouts of a project, the time of its last change and the encryption of its S3 logs.

    moto returns 0 for a timeout that the request did not set, and omits the encryption of S3 logs. The time of the last
    change has another name in moto, `lastModifiedDate`. moto also omits the names of projects that do not exist from
    the answer of BatchGetProjects.

    On Lambda compute, the build timeout is always 15 minutes. The GitHub issue below shows this value, and a queue
    timeout of 480 minutes.

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


def delete_projects_by_arn() -> None:
    """Delete a project also if the request has its ARN instead of its name. The provider sends the ARN.

    moto accepts an ARN and deletes nothing.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_DeleteProject.html
    """
    delete = CodeBuildBackend.delete_project

    def delete_project(self: CodeBuildBackend, project: str) -> None:
        delete(self, project.rpartition("/")[2])

    CodeBuildBackend.delete_project = delete_project


FIXES = (
    accept_pipeline_sources,
    accept_all_environment_types,
    keep_project_settings,
    fill_in_project_defaults,
    delete_projects_by_arn,
)
