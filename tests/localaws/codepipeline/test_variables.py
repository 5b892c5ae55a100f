"""Variables of earlier actions in an action's configuration."""

import pytest

from localaws.codepipeline.execution import ActionFailedError
from localaws.codepipeline.variables import resolve

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
def test_a_reference_is_replaced_wherever_it_stands(text: str, resolved: str) -> None:
    assert resolve("Build", {"Key": text}, KNOWN) == {"Key": resolved}


@pytest.mark.parametrize("reference", ["#{Image.Tag}", "#{Push.ImageURI}", "#{codepipeline.Name}"])
def test_a_reference_to_nothing_fails_the_action(reference: str) -> None:
    with pytest.raises(ActionFailedError) as failure:
        resolve("Build", {"Key": f"a {reference}"}, KNOWN)
    assert (failure.value.code, failure.value.message) == (
        "ConfigurationError",
        (
            "An action in this pipeline failed because one or more variables could not be resolved: "
            f"Action name=Build. Unresolved: {reference}"
        ),
    )
