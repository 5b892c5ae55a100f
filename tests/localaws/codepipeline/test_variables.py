"""Variables of earlier actions in the configuration of an action."""

import json

import pytest

from localaws.codepipeline.execution import ActionFailedError
from localaws.codepipeline.variables import resolve
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, System
from tests.support.localaws.changed_pipelines import changed, failure

KNOWN = {
    "Image": {"ImageURI": "repo@sha256:abc"},
    "codepipeline": {"PipelineExecutionId": "e-1"},
    "variables": {"x": ""},
}


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("plain", "plain"),
        ("#{Image.ImageURI}", "repo@sha256:abc"),
        ("<#{codepipeline.PipelineExecutionId}|#{Image.ImageURI}>", "<e-1|repo@sha256:abc>"),
        ('[{"name":"U","value":"#{Image.ImageURI}"}]', '[{"name":"U","value":"repo@sha256:abc"}]'),
        ("#{variables.x}", ""),
        ("#{Image} ${Image.ImageURI} #{}", "#{Image} ${Image.ImageURI} #{}"),
    ],
)
def test_references_are_replaced_anywhere_in_a_value(text: str, resolved: str) -> None:
    assert resolve("Build", {"Key": text}, KNOWN) == {"Key": resolved}


@pytest.mark.parametrize("reference", ["#{Image.Tag}", "#{Push.ImageURI}", "#{codepipeline.Name}"])
def test_an_unknown_reference_fails_the_action(reference: str) -> None:
    with pytest.raises(ActionFailedError) as failure:
        resolve("Build", {"Key": f"a {reference}"}, KNOWN)
    assert (failure.value.code, failure.value.message) == (
        "ConfigurationError",
        (
            "An action in this pipeline failed because one or more variables could not be resolved: "
            f"Action name=Build. Unresolved: {reference}"
        ),
    )


URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


DEPLOYED_BY_DIGEST = [{"name": "REPOSITORY_URI", "value": "#{Image.ImageURI}", "type": "PLAINTEXT"}]


def test_a_variable_of_the_source_reaches_the_service(shop: System) -> None:
    """The command of the build stays the same.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-variables.html
    """
    configuration = {"ProjectName": "shop", "EnvironmentVariables": json.dumps(DEPLOYED_BY_DIGEST)}
    with changed(shop, Push={"namespace": "Image"}, Build={"configuration": configuration}):
        execution = shop.push("by digest")
        assert execution["status"] == "Succeeded"
        digest = execution["artifactRevisions"][0]["revisionId"]
        assert shop.task_definition()["containerDefinitions"][0]["image"] == f"{URI}/shop@{digest}"


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
