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
def test_the_command_of_the_article_carries_any_value_that_json_needs_not_escape(build: Build, value: str) -> None:
    """The shell does not look again at what a variable holds: dollars, backticks and spaces arrive as they are."""
    build.environment |= {"CONTAINER_NAME": value, "REPOSITORY_URI": value}
    assert build.run({"build": {"commands": [ECHO]}}) == ALL_SUCCEED
    written = (build.source / "imagedefinitions.json").read_text()
    assert json.loads(written) == [{"name": value, "imageUri": value}]


def test_the_command_of_the_article_breaks_on_a_double_quote(build: Build) -> None:
    """`echo` writes the quote as it is, which ends the JSON string early: a name with one must be refused before."""
    build.environment |= {"CONTAINER_NAME": 'a"b', "REPOSITORY_URI": "u"}
    assert build.run({"build": {"commands": [ECHO]}}) == ALL_SUCCEED
    assert (build.source / "imagedefinitions.json").read_text() == '[{"name":"a"b","imageUri":"u"}]\n'


def test_the_command_of_the_article_changes_a_backslash(build: Build) -> None:
    r"""bash's `echo` leaves `\t` alone and JSON then reads it as a tab; the `echo` of dash writes the tab itself."""
    build.environment |= {"CONTAINER_NAME": "a\\tb", "REPOSITORY_URI": "u"}
    build.run({"build": {"commands": [ECHO]}}, env={"shell": "bash"})
    assert json.loads((build.source / "imagedefinitions.json").read_text()) == [{"name": "a\tb", "imageUri": "u"}]
