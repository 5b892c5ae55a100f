"""Tests of the check of the image that a new service would run."""

import re
from pathlib import Path
from typing import Any

from operations.preflight.checks import image
from operations.preflight.context import Context
from operations.preflight.finding import Finding
from rehearsal.images.image import push_image
from tests.support.localaws.images import put_image
from tests.support.preflight.contexts import OK, PROBLEM, WARNING, in_local_aws, stubbed


def finding(context: Context) -> Finding:
    [found] = image.check(context)
    return found


def with_repository(folder: Path, **own: Any) -> Context:
    context = in_local_aws(folder, **own)
    context.client("ecr").create_repository(repositoryName=context.settings.name)
    return context


def test_a_missing_repository_is_a_warning(tmp_path: Path) -> None:
    context = in_local_aws(tmp_path)

    found = finding(context)

    assert (found.kind, found.text) == (
        WARNING,
        f"the repository {context.settings.name} does not exist yet, so the first tasks find no image",
    )
    assert found.advice == "run `cdktf deploy dev-registry` first, and push an image"


def test_a_missing_image_is_a_warning(tmp_path: Path) -> None:
    context = with_repository(tmp_path)
    put_image(context.client("ecr"), context.settings.name, "other", "v1")

    found = finding(context)

    assert (found.kind, found.text) == (
        WARNING,
        f"no image in {context.settings.name} has the tag latest, so the first tasks cannot start",
    )
    assert found.advice.startswith("push an image before the deployment. ")


def test_a_pattern_needs_a_push_after_the_deployment(tmp_path: Path) -> None:
    found = finding(with_repository(tmp_path, pipeline={"watch": "v*"}))

    assert (found.kind, found.text) == (
        WARNING,
        "dev.pipeline.watch is the pattern v*, so a new service has no image until the next push of a tag that matches",
    )
    assert "start the pipeline with the digest of an image" in found.advice


def test_an_image_for_the_platform_of_the_service_is_ok(tmp_path: Path) -> None:
    context = with_repository(tmp_path)
    digest = push_image(context.client("ecr"), context.settings.name, "latest", b"one")

    found = finding(context)

    assert found.kind is OK
    assert re.fullmatch(rf"latest is {digest}, pushed at \d{{4}}-\d\d-\d\d \d\d:\d\d UTC, for linux/amd64", found.text)


def test_an_image_for_another_platform_is_a_problem(tmp_path: Path) -> None:
    context = with_repository(tmp_path)
    digest = put_image(context.client("ecr"), context.settings.name, "one", "latest")

    found = finding(context)

    assert found.kind is PROBLEM
    assert found.text.startswith(f"latest is {digest}, pushed at ")
    assert found.text.endswith(", for linux/arm64. The tasks need linux/amd64, so none of them would start")
    assert found.advice == "build the image with `docker build --platform linux/amd64`, and push it again"


def test_the_image_of_a_running_service_is_kept(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "ecs")
    service = {"status": "ACTIVE", "taskDefinition": "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-dev:7"}
    stubs["ecs"].add_response("describe_services", {"services": [service]})

    found = finding(context)

    assert (found.kind, found.text) == (
        OK,
        "a deployment keeps the image that the service runs (revision shop-dev:7)",
    )
