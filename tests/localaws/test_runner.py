"""A push goes live, on a system that is made with boto3 alone; and what is told when it cannot.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

import copy
import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws_pipeline import ACCOUNT, ECHO, REGION, System, clients, system, until

URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


@pytest.fixture(scope="module")
def shop() -> System:
    made = system("shop")
    made.push("zero")
    return made


def test_a_push_goes_live_with_only_the_image_changed(shop: System) -> None:
    before, first = shop.task_definition(), shop.task_definition("shop:1")
    execution = shop.push("one")
    assert execution["status"] == "Succeeded"
    after = shop.task_definition()
    expected = copy.deepcopy(first)
    expected["containerDefinitions"][0]["image"] = shop.repository_uri
    expected |= {"revision": before["revision"] + 1, "taskDefinitionArn": shop.service()["taskDefinition"]}
    assert after == expected


def test_the_new_revision_is_that_which_runs_and_not_the_newest(shop: System) -> None:
    """A revision that nobody runs is passed over, a setting of that which runs is kept."""
    ecs = clients().client("ecs")
    running = shop.service()["taskDefinition"]
    stray = {"name": "stray", "image": "stray:1", "memory": 64}
    ecs.register_task_definition(family="shop", containerDefinitions=[stray])
    shop.push("two")
    containers = shop.task_definition()["containerDefinitions"]
    assert containers == [
        {**container, "image": shop.repository_uri if container["name"] == "app" else container["image"]}
        for container in shop.task_definition(running)["containerDefinitions"]
    ]


def test_a_first_execution_starts_with_the_pipeline_and_finds_no_image(shop: System) -> None:
    first = shop.executions()[0]
    assert (first["status"], first["trigger"]["triggerType"]) == ("Failed", "CreatePipeline")
    assert shop.error(first["pipelineExecutionId"], "Push") == {
        "code": "JobFailed",
        "message": (
            "The image with imageId {imageDigest:'null', imageTag:'latest'} does not exist within the repository with "
            f"name 'shop' in the registry with id '{ACCOUNT}'"
        ),
    }
    assert list(shop.actions(first["pipelineExecutionId"])) == ["Push"]


def test_the_source_describes_the_image_in_the_eight_fields(shop: System) -> None:
    digest = shop.put_image("described", "also")
    execution = shop.push("described")["pipelineExecutionId"]
    detail = json.loads(shop.artifact(execution, "Push")["imageDetail.json"])
    pushed = datetime.strptime(detail.pop("ImagePushedAt"), "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - pushed).total_seconds()) < 600
    assert detail == {
        "ImageSizeInBytes": "7",
        "ImageDigest": digest,
        "Version": "1.0",
        "RegistryId": ACCOUNT,
        "RepositoryName": "shop",
        "ImageURI": f"{URI}/shop@{digest}",
        "ImageTags": ["also", "latest"],
    }
    assert shop.actions(execution)["Push"]["output"]["outputVariables"] == {
        "RegistryId": ACCOUNT,
        "RepositoryName": "shop",
        "ImageTag": "latest",
        "ImageDigest": digest,
        "ImageURI": f"{URI}/shop@{digest}",
    }


def test_the_build_writes_the_file_of_the_article_and_its_log_can_be_read(shop: System) -> None:
    execution = shop.push("built")["pipelineExecutionId"]
    assert shop.artifact(execution, "Build") == {
        "imagedefinitions.json": f'[{{"name":"app","imageUri":"{URI}/shop"}}]\n'
    }
    assert f" Running command {ECHO}\n" in shop.log(execution)


def test_the_state_of_the_pipeline_shows_the_last_of_each(shop: System) -> None:
    digest = shop.put_image("seen")
    execution = shop.delivery(**{"image-digest": digest})["targets"][0]["started"]
    shop.over(execution)
    state = clients().client("codepipeline").get_pipeline_state(name="shop")
    assert [
        (stage["stageName"], stage["latestExecution"], stage["actionStates"][0]["latestExecution"]["status"])
        for stage in state["stageStates"]
    ] == [
        (name, {"pipelineExecutionId": execution, "status": "Succeeded"}, "Succeeded")
        for name in ("Source", "Build", "Deploy")
    ]
    assert state["stageStates"][0]["actionStates"][0]["currentRevision"]["revisionId"] == digest
    assert (
        state["stageStates"][2]["actionStates"][0]["latestExecution"]["externalExecutionId"]
        == (shop.service()["taskDefinition"])
    )


def test_executions_can_be_started_and_listed_over_the_api(shop: System) -> None:
    codepipeline = clients().client("codepipeline")
    digest = shop.put_image("started by hand", "tagless")
    revision = {"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": digest}
    started = shop.start(sourceRevisions=[revision])
    assert shop.over(started)["artifactRevisions"][0]["revisionId"] == digest
    last = codepipeline.list_pipeline_executions(pipelineName="shop", maxResults=1)["pipelineExecutionSummaries"]
    assert [(item["pipelineExecutionId"], item["status"]) for item in last] == [(started, "Succeeded")]
    assert last[0]["sourceRevisions"][0]["revisionId"] == digest
    with pytest.raises(codepipeline.exceptions.PipelineExecutionNotFoundException):
        shop.over("no-such-execution")
    with pytest.raises(codepipeline.exceptions.PipelineNotFoundException):
        codepipeline.get_pipeline_state(name="no-such-pipeline")


def test_a_build_can_be_looked_at_over_the_api(shop: System) -> None:
    execution = shop.push("looked at")["pipelineExecutionId"]
    build_id = shop.actions(execution)["Build"]["output"]["executionResult"]["externalExecutionId"]
    answer = clients().client("codebuild").batch_get_builds(ids=[build_id, "shop:none"])
    assert answer["buildsNotFound"] == ["shop:none"]
    [build] = answer["builds"]
    assert (build["id"], build["buildStatus"], build["buildComplete"], build["currentPhase"]) == (
        build_id,
        "SUCCEEDED",
        True,
        "COMPLETED",
    )
    assert [(phase["phaseType"], phase["phaseStatus"]) for phase in build["phases"]] == [
        (name, "SUCCEEDED")
        for name in (
            "SUBMITTED",
            "QUEUED",
            "PROVISIONING",
            "DOWNLOAD_SOURCE",
            "INSTALL",
            "PRE_BUILD",
            "BUILD",
            "POST_BUILD",
            "UPLOAD_ARTIFACTS",
            "FINALIZING",
        )
    ]
    assert build["logs"] == {"groupName": "/aws/codebuild/shop", "streamName": build_id.removeprefix("shop:")}


def test_a_deleted_pipeline_forgets_its_executions() -> None:
    made = system("deleted")
    clients().client("codepipeline").delete_pipeline(name="deleted")
    clients().client("codepipeline").create_pipeline(pipeline=made.declaration())
    assert [execution["trigger"]["triggerType"] for execution in made.executions()] == ["CreatePipeline"]


def test_of_fast_pushes_that_wait_for_a_stage_only_the_last_goes_on(tmp_path: Path) -> None:
    go = tmp_path / "go"
    fast = system("fast", buildspec=held_until_there_is(go))
    started = []
    for content in ("one", "two", "three"):
        digest = fast.put_image(content)
        started.append(fast.delivery(**{"image-digest": digest})["targets"][0]["started"])
        until(lambda: started[-1] in at_build(fast))
    go.touch()
    assert [fast.over(execution)["status"] for execution in started] == ["Succeeded", "Superseded", "Succeeded"]
    assert fast.task_definition()["revision"] == 3


def test_an_execution_can_be_stopped_over_the_api_while_it_runs(shop: System, tmp_path: Path) -> None:
    codepipeline = clients().client("codepipeline")
    shop.create_project("held", held_until_there_is(tmp_path / "go"))
    with changed(shop, Build={"configuration": {"ProjectName": "held"}}):
        stopped = shop.start()
        until(lambda: stopped in at_build(shop))
        which = {"pipelineName": "shop", "pipelineExecutionId": stopped}
        codepipeline.stop_pipeline_execution(**which, abandon=True, reason="enough")
        assert shop.over(stopped)["status"] == "Stopped"
        assert shop.executions()[-1]["stopTrigger"] == {"reason": "enough"}
        with pytest.raises(codepipeline.exceptions.PipelineExecutionNotStoppableException):
            codepipeline.stop_pipeline_execution(**which)
    (tmp_path / "go").touch()


def held_until_there_is(file: Path) -> str:
    """Give the buildspec of the article, with a command before that waits for a file."""
    hold = f"until [ -e {shlex.quote(str(file))} ]; do sleep 0.05; done"
    phases = {"build": {"commands": [hold, ECHO]}}
    return json.dumps({"version": "0.2", "phases": phases, "artifacts": {"files": ["imagedefinitions.json"]}})


def at_build(made: System) -> list[str]:
    """Give the executions that are in the Build stage, or wait to get in."""
    state = clients().client("codepipeline").get_pipeline_state(name=made.name)["stageStates"][1]
    inside = [state["latestExecution"]] if "latestExecution" in state else []
    return [execution["pipelineExecutionId"] for execution in inside + state["inboundExecutions"]]


def test_artifacts_are_encrypted_with_the_key_of_the_pipeline(shop: System) -> None:
    key = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    store = {"type": "S3", "location": "shop-artifacts", "encryptionKey": {"type": "KMS", "id": key}}
    shop.update(shop.declaration() | {"artifactStore": store})
    execution = shop.push("encrypted")["pipelineExecutionId"]
    shop.update(shop.declaration())
    for action in ("Push", "Build"):
        [artifact] = shop.actions(execution)[action]["output"]["outputArtifacts"]
        place = artifact["s3location"]
        head = clients().client("s3").head_object(Bucket=place["bucket"], Key=place["key"])
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


DEPLOYED_BY_DIGEST = [{"name": "REPOSITORY_URI", "value": "#{Image.ImageURI}", "type": "PLAINTEXT"}]


def test_a_variable_of_the_source_reaches_the_service_through_the_unchanged_command(shop: System) -> None:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-variables.html"""
    configuration = {"ProjectName": "shop", "EnvironmentVariables": json.dumps(DEPLOYED_BY_DIGEST)}
    with changed(shop, Push={"namespace": "Image"}, Build={"configuration": configuration}):
        execution = shop.push("by digest")
        assert execution["status"] == "Succeeded"
        digest = execution["artifactRevisions"][0]["revisionId"]
        assert shop.task_definition()["containerDefinitions"][0]["image"] == f"{URI}/shop@{digest}"


def failure(shop: System, action: str, **changes: dict[str, Any]) -> tuple[str, str]:
    """Run a pipeline with changed actions, which must fail in one, and give the code and the message."""
    with changed(shop, **changes):
        started = shop.start()
        assert shop.over(started)["status"] == "Failed"
        error = shop.error(started, action)
        return error["code"], error["message"]


class changed:  # noqa: N801 - reads as a word in a with statement
    """While it lasts, the pipeline has changed actions: `None` removes a key."""

    def __init__(self, shop: System, **changes: dict[str, Any]) -> None:
        self._shop = shop
        self._declaration = shop.declaration()
        for stage in self._declaration["stages"]:
            for action in stage["actions"]:
                action |= changes.get(action["name"], {})

    def __enter__(self) -> None:
        self._shop.update(self._declaration)

    def __exit__(self, *_: object) -> None:
        self._shop.update(self._shop.declaration())


def test_an_unknown_variable_fails_the_action_that_names_it(shop: System) -> None:
    configuration = {"ProjectName": "shop", "EnvironmentVariables": "#{Image.ImageURI}"}
    code, message = failure(shop, "Build", Build={"configuration": configuration})
    assert (code, message) == (
        "ConfigurationError",
        (
            "An action in this pipeline failed because one or more variables could not be resolved: "
            "Action name=Build. Unresolved: #{Image.ImageURI}"
        ),
    )


def test_a_repository_that_does_not_exist_fails_the_source(shop: System) -> None:
    code, message = failure(shop, "Push", Push={"configuration": {"RepositoryName": "none"}})
    assert code == "JobFailed"
    assert message.startswith("The repository with name 'none' does not exist in the registry")


def test_a_project_that_does_not_exist_fails_the_build(shop: System) -> None:
    code, message = failure(shop, "Build", Build={"configuration": {"ProjectName": "none"}})
    assert code == "JobFailed"
    assert message == f"Project cannot be found: arn:aws:codebuild:{REGION}:{ACCOUNT}:project/none"


def test_environment_variables_that_are_no_json_fail_the_build(shop: System) -> None:
    configuration = {"ProjectName": "shop", "EnvironmentVariables": "A=1"}
    assert failure(shop, "Build", Build={"configuration": configuration}) == (
        "ConfigurationError",
        "EnvironmentVariables must be a JSON array of objects with name, value and type, got A=1",
    )


@pytest.mark.parametrize(
    ("action", "changes", "message"),
    [
        ("Push", {"configuration": {}}, "The configuration of the action lacks RepositoryName"),
        ("Build", {"configuration": {}}, "The configuration of the action lacks ProjectName"),
        ("Build", {"inputArtifacts": []}, "The local AWS runs this action with one input artifact, got 0"),
        (
            "Build",
            {"outputArtifacts": [{"name": "a"}, {"name": "b"}]},
            "The local AWS runs builds with one output artifact at most, got 2",
        ),
        ("Deploy", {"configuration": {"ClusterName": "shop"}}, "The configuration of the action lacks ServiceName"),
        ("Deploy", {"inputArtifacts": []}, "The local AWS runs this action with one input artifact, got 0"),
    ],
)
def test_what_aws_refuses_in_a_declaration_and_moto_does_not_fails_the_action(
    shop: System, action: str, changes: dict[str, Any], message: str
) -> None:
    assert failure(shop, action, **{action: changes}) == ("ConfigurationError", message)


def test_a_service_that_does_not_exist_fails_the_deployment(shop: System) -> None:
    configuration = {"ClusterName": "shop", "ServiceName": "none"}
    assert failure(shop, "Deploy", Deploy={"configuration": configuration}) == (
        "ConfigurationError",
        "The AWS ECS service none does not exist in the cluster shop",
    )


def test_an_image_definitions_file_of_another_name_is_looked_for(shop: System) -> None:
    configuration = {"ClusterName": "shop", "ServiceName": "web", "FileName": "images.json"}
    before = shop.service()["taskDefinition"]
    code, message = failure(shop, "Deploy", Deploy={"configuration": configuration})
    assert code == "ConfigurationError"
    assert message.startswith("Did not find the image definition file images.json in the input artifacts ZIP file.")
    assert shop.service()["taskDefinition"] == before


def test_a_role_that_the_service_may_not_act_for_fails_the_action(shop: System) -> None:
    role = clients().role("not-for-pipelines", {"AWS": f"arn:aws:iam::{ACCOUNT}:role/someone"})
    assert failure(shop, "Deploy", Deploy={"roleArn": role}) == (
        "PermissionError",
        (
            f"{shop.roles['codepipeline']} is not authorized to perform AssumeRole on role {role} "
            "because no role trust policy allows the sts:AssumeRole action"
        ),
    )


def test_an_action_may_have_a_role_of_its_own(shop: System) -> None:
    role = clients().role("of-the-deployment", {"AWS": shop.roles["codepipeline"]})
    with changed(shop, Deploy={"roleArn": role}):
        assert shop.push("own role")["status"] == "Succeeded"


def test_an_artifact_that_is_gone_fails_the_action_that_needs_it(shop: System) -> None:
    """A build whose buildspec keeps nothing leaves no artifact behind."""
    spec = json.dumps({"version": "0.2", "phases": {"build": {"commands": ["true"]}}})
    shop.create_project("keeps-nothing", spec)
    code, message = failure(shop, "Deploy", Build={"configuration": {"ProjectName": "keeps-nothing"}})
    assert code == "PermissionError"
    assert message.startswith("Unable to access the artifact with Amazon S3 object key 'shop/definition/")
    assert message.endswith(
        "' located in the Amazon S3 artifact bucket 'shop-artifacts'. "
        "The provided role does not have sufficient permissions."
    )


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"CONTAINER_NAME": "web"}, "The AWS ECS container web does not exist"),
        ({"REPOSITORY_URI": ""}, "Container.image should not be null or empty."),
        (
            {"CONTAINER_NAME": 'a"b'},
            "The image definition file imagedefinitions.json contains invalid JSON format",
        ),
    ],
)
def test_a_wrong_value_in_the_file_fails_the_deployment_and_changes_nothing(
    shop: System, variables: dict[str, str], message: str
) -> None:
    before = shop.service()["taskDefinition"]
    overrides = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    configuration = {"ProjectName": "shop", "EnvironmentVariables": json.dumps(overrides)}
    assert failure(shop, "Deploy", Build={"configuration": configuration}) == ("ConfigurationError", message)
    assert shop.service()["taskDefinition"] == before
    with pytest.raises(ClientError):
        shop.task_definition(f"{before.rpartition('/')[2].partition(':')[0]}:{int(before.rpartition(':')[2]) + 1}")
