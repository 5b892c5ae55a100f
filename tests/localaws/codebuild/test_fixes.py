"""Answers of CodeBuild that the local AWS gives and moto alone does not."""

from typing import Any

from localaws.codebuild import fixes
from tests.support.localaws.fixes import Client, case
from tests.support.localaws.roles import role


def _create_project(client: Client, **settings: object) -> Any:
    defaults = {
        "source": {"type": "NO_SOURCE", "location": "-"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        "serviceRole": role(client, "build", "codebuild.amazonaws.com"),
    }
    return client("codebuild").create_project(**defaults | settings)["project"]


@case(
    fixes.accept_pipeline_sources,
    in_aws=({"type": "CODEPIPELINE", "buildspec": "version: 0.2"}, {"type": "CODEPIPELINE"}),
)
def test_a_project_of_a_pipeline(client: Client) -> object:
    source = {"type": "CODEPIPELINE", "buildspec": "version: 0.2"}
    project = _create_project(client, name="piped", source=source, artifacts={"type": "CODEPIPELINE"})
    return project["source"], project["artifacts"]


@case(
    fixes.accept_all_environment_types,
    in_aws={"type": "ARM_LAMBDA_CONTAINER", "image": "i", "computeType": "BUILD_LAMBDA_1GB"},
)
def test_a_project_on_lambda(client: Client) -> object:
    environment = {"type": "ARM_LAMBDA_CONTAINER", "image": "i", "computeType": "BUILD_LAMBDA_1GB"}
    return _create_project(client, name="on-lambda", environment=environment)["environment"]


@case(fixes.keep_project_settings, in_aws=[2, "new"])
def test_a_project_that_is_changed(client: Client) -> object:
    _create_project(client, name="changed", concurrentBuildLimit=2)
    client("codebuild").update_project(name="changed", description="new")
    [project] = client("codebuild").batch_get_projects(names=["changed"])["projects"]
    return [project["concurrentBuildLimit"], project["description"]]


@case(fixes.delete_projects_by_arn, in_aws=[])
def test_a_project_that_is_deleted(client: Client) -> object:
    project = _create_project(client, name="deleted")
    client("codebuild").delete_project(name=project["arn"])
    return client("codebuild").batch_get_projects(names=["deleted"])["projects"]


@case(
    fixes.fill_in_project_defaults,
    in_aws=[True, {"status": "DISABLED", "encryptionDisabled": False}, [60, 480], [15, 480], [15, 480], ["gone"]],
)
def test_what_nobody_sent_of_a_project(client: Client) -> object:
    environment = {"type": "LINUX_LAMBDA_CONTAINER", "image": "i", "computeType": "BUILD_LAMBDA_1GB"}
    made = _create_project(client, name="filled-on-lambda", environment=environment)
    _create_project(client, name="filled", logsConfig={"s3Logs": {"status": "DISABLED"}})
    answer = client("codebuild").batch_get_projects(names=["filled", "filled-on-lambda", "gone"])
    project, on_lambda = answer["projects"]
    return [
        project.get("lastModified") == project["created"],
        project.get("logsConfig", {}).get("s3Logs"),
        *([each["timeoutInMinutes"], each["queuedTimeoutInMinutes"]] for each in (project, on_lambda, made)),
        answer.get("projectsNotFound"),
    ]
