"""The article's caution: a reference in the build command itself.

Python holds the token of a reference. cdktf replaces an unchanged token in an argument with Terraform's syntax, and
Terraform resolves it. So the URL in the command is correct only if no code changes the text before. An environment
variable does not have this limit: the value goes from Terraform to CodeBuild to the shell.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cdktf
import pytest

import main
from modules.delivery.image_definitions import BUILDSPEC
from modules.environment import Environment
from modules.repository import Repository
from tests.support.synthesized import DEV, REPOSITORY_URL, Stack, synthesize

SAME_STACK_URL = "${aws_ecr_repository.repository.repository_url}"
CROSS_STACK, SAME_STACK = "cross-stack", "same-stack"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caution")


def variant(folder: Path, where: str, buildspec: Callable[[str], str]) -> Stack:
    """Return the main stack with a buildspec made from the repository's URL as Python holds it."""

    def declare(app: cdktf.App) -> None:
        main.declare(app, DEV)
        stack: Any = app.node.find_child("dev-main")
        repository: Any = app.node.find_child("dev-registry").node.find_child("repository")
        if where == SAME_STACK:
            repository = Repository(stack, "repository", environment=Environment.of(DEV), settings=DEV.pipeline)
        project = stack.node.find_child("pipeline").node.find_child("image_definitions").node.find_child("Default")
        project.add_override("source.buildspec", buildspec(repository.url))

    return synthesize(folder, declare)["dev-main"]


def written(stack: Stack) -> str:
    text: str = stack.resource("aws_codebuild_project")["source"]["buildspec"]
    return text


def interpolated(url: str) -> str:
    return json.dumps(BUILDSPEC).replace("$REPOSITORY_URI", url)


@pytest.mark.parametrize(("where", "reference"), [(CROSS_STACK, REPOSITORY_URL), (SAME_STACK, SAME_STACK_URL)])
def test_an_unchanged_reference_becomes_terraform_syntax(folder: Path, where: str, reference: str) -> None:
    buildspec = written(variant(folder, where, interpolated))

    assert buildspec == interpolated(reference)
    assert "$REPOSITORY_URI" not in buildspec


@pytest.mark.parametrize("where", [CROSS_STACK, SAME_STACK])
@pytest.mark.parametrize(
    "touch",
    [
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: text.upper(),
        lambda text: text.replace("[", "(").replace("]", ")"),
        lambda text: text[: len(text) - 2],
    ],
    ids=["encoded", "in upper case", "escaped", "cut"],
)
def test_a_reference_that_python_changed_is_not_resolved(folder: Path, where: str, touch: Callable[[str], str]) -> None:
    """The changed text of the token arrives in the command."""
    held: list[str] = []

    def buildspec(url: str) -> str:
        held.append(url)
        return interpolated(touch(url))

    command = written(variant(folder, where, buildspec))

    [url] = held
    assert url.startswith("${TfToken[TOKEN.")
    assert touch(url) in command
    assert "repository_url" not in command


@pytest.mark.parametrize("where", [CROSS_STACK, SAME_STACK])
def test_a_reference_in_a_file_of_the_repository_is_never_resolved(folder: Path, tmp_path: Path, where: str) -> None:
    def buildspec(url: str) -> str:
        (tmp_path / "buildspec.json").write_text(interpolated(url))
        return "buildspec.json"

    stack = variant(folder, where, buildspec)

    assert written(stack) == "buildspec.json"
    assert "${TfToken[TOKEN." in (tmp_path / "buildspec.json").read_text()


def test_only_the_environment_variable_has_the_reference(folder: Path) -> None:
    """The command contains the name of the variable."""
    stack = variant(folder, CROSS_STACK, lambda _: json.dumps(BUILDSPEC))

    variables = {
        variable["name"]: variable["value"]
        for variable in stack.resource("aws_codebuild_project")["environment"]["environment_variable"]
    }
    assert variables["REPOSITORY_URI"] == REPOSITORY_URL
    assert "${" not in written(stack)
    assert '\\"$REPOSITORY_URI\\"' in json.loads(written(stack))["phases"]["build"]["commands"][0]
