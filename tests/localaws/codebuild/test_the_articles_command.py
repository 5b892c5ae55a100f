"""The command of the article, run by the shell of a build."""

import json

import pytest

from tests.support.localaws.aws_pipeline import ECHO
from tests.support.localaws.build_in_a_folder import Build

ALL_SUCCEED = dict.fromkeys(("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"), "SUCCEEDED")


@pytest.mark.parametrize(
    "value",
    [
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:latest",
        "a b  c",
        "it's",
        "$HOME ${HOME} $(echo no) `echo no`",
        "a;b|c&d>e<f*g?h[i]j{k}l~m#n!o%p",
        "",
        "-n",
        "größe",
    ],
)
def test_the_articles_command_keeps_values_without_escapes(build: Build, value: str) -> None:
    """JSON need not escape these values. The shell does not expand the value of a variable again."""
    build.environment |= {"CONTAINER_NAME": value, "REPOSITORY_URI": value}
    assert build.run({"build": {"commands": [ECHO]}}) == ALL_SUCCEED
    written = (build.source / "imagedefinitions.json").read_text()
    assert json.loads(written) == [{"name": value, "imageUri": value}]


def test_the_articles_command_breaks_on_a_double_quote(build: Build) -> None:
    """`echo` does not escape the quote, which ends the JSON string early. Settings must refuse such a name."""
    build.environment |= {"CONTAINER_NAME": 'a"b', "REPOSITORY_URI": "u"}
    assert build.run({"build": {"commands": [ECHO]}}) == ALL_SUCCEED
    assert (build.source / "imagedefinitions.json").read_text() == '[{"name":"a"b","imageUri":"u"}]\n'


def test_the_articles_command_changes_a_backslash(build: Build) -> None:
    r"""The `echo` of bash writes `\t`, which JSON reads as a tab. The `echo` of dash writes the tab itself."""
    build.environment |= {"CONTAINER_NAME": "a\\tb", "REPOSITORY_URI": "u"}
    build.run({"build": {"commands": [ECHO]}}, env={"shell": "bash"})
    assert json.loads((build.source / "imagedefinitions.json").read_text()) == [{"name": "a\tb", "imageUri": "u"}]
