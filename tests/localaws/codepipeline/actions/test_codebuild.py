"""The CodeBuild action: the input of a build, its output, and its failures."""

from tests.support.localaws.aws_pipeline import ACCOUNT, ECHO, REGION, System
from tests.support.localaws.changed_pipelines import failure

URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def test_the_build_writes_the_articles_file_and_a_log(shop: System) -> None:
    execution = shop.push("built")["pipelineExecutionId"]
    assert shop.artifact(execution, "Build") == {
        "imagedefinitions.json": f'[{{"name":"app","imageUri":"{URI}/shop"}}]\n'
    }
    assert f" Running command {ECHO}\n" in shop.log(execution)


def test_a_project_that_does_not_exist_fails_the_build(shop: System) -> None:
    code, message = failure(shop, "Build", Build={"configuration": {"ProjectName": "none"}})
    assert code == "JobFailed"
    assert message == f"Project cannot be found: arn:aws:codebuild:{REGION}:{ACCOUNT}:project/none"


def test_environment_variables_must_be_json(shop: System) -> None:
    configuration = {"ProjectName": "shop", "EnvironmentVariables": "A=1"}
    assert failure(shop, "Build", Build={"configuration": configuration}) == (
        "ConfigurationError",
        "EnvironmentVariables must be a JSON array of objects with name, value and type, got A=1",
    )
