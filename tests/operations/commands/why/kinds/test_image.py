"""Tests of the causes in the image, with the messages of AWS's pages and of reports about Fargate.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

import pytest

from operations.commands.why.evidence import Image
from operations.images.repository import PushedImage
from tests.support.ops.incidents import DEFINITION, NOW, failing, stopped

PUSHED = PushedImage(f"sha256:{'8' * 64}", ("latest",), NOW)
REF = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-dev"
START = "failed to create new container runtime task: failed to create shim task: OCI runtime create failed"


@pytest.mark.parametrize(
    ("reason", "kind", "text"),
    [
        (
            (
                f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
                f"{REF}:v9: "
                f"{REF}:v9: not found"
            ),
            "image-missing",
            "does not exist",
        ),
        (
            (
                f"CannotPullContainerError: The task can't pull the image '{REF}:v9' from Amazon Elastic "
                f"Container Registry. "
                "Failed to resolve ref: manifest unknown"
            ),
            "image-missing",
            "does not exist",
        ),
        (
            "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/arm64'",
            "image-platform",
            "The image is not for linux/arm64",
        ),
        (
            (
                f"CannotPullContainerError: inspect image has been retried 1 time(s): failed to resolve ref "
                f'"{REF}:latest": '
                f"pulling from host failed with status code [manifests latest]: 403 Forbidden"
            ),
            "image-pull-denied",
            "ECR denied the pull",
        ),
        (
            (
                "CannotPullContainerError: The task can't pull the image. Check that the role has the "
                "permissions to pull "
                "images from the registry."
            ),
            "image-pull-denied",
            "ECR denied the pull",
        ),
        (
            "CannotPullContainerError: The task can't pull the image. Check whether the image exists.",
            "image-missing",
            "does not exist",
        ),
        (
            (
                'CannotStartContainerError: ResourceInitializationError: runc create failed: exec: "gunicorn": '
                "executable "
                "file not found in $PATH: unknown"
            ),
            "command-missing",
            "lacks the program gunicorn",
        ),
        (
            f'CannotStartContainerError: {START}: exec: "/app/start.sh": stat /app/start.sh: no such file or directory',
            "command-missing",
            "lacks the program /app/start.sh",
        ),
        (
            f'CannotStartContainerError: {START}: exec: "/app/start.sh": permission denied: unknown',
            "command-not-executable",
            "/app/start.sh",
        ),
        (
            "CannotStartContainerError: unable to find user web: no matching entries in passwd file",
            "user-missing",
            "no user or group web",
        ),
        (
            "CannotPullContainerError: toomanyrequests: You have reached your pull rate limit",
            "image-pull-limit",
            "limits",
        ),
        (
            "CannotPullContainerError: failed to register layer: write /usr/lib/a.so: no space left on device",
            "storage-full",
            "ephemeral storage",
        ),
    ],
)
def test_the_reason_of_a_task_names_what_is_wrong_with_the_image(reason: str, kind: str, text: str) -> None:
    first = failing(stopped(reason))[0]

    assert first.kind == kind
    assert text in first.text
    assert first.evidence[0] == f"task t8: {reason}"


def test_the_repository_confirms_that_the_image_is_missing() -> None:
    first = failing(stopped("CannotPullContainerError: x"), image=Image(None, frozenset()))[0]

    assert (first.kind, first.certainty) == ("image-missing", "certain")
    assert first.evidence == [f"ECR: the repository does not have {DEFINITION.image}"]


def test_an_image_that_exists_is_not_surely_missing() -> None:
    reason = f"CannotPullContainerError: {REF}:v9: not found"
    first = failing(stopped(reason), image=Image(PUSHED, frozenset({"linux/amd64"})))[0]

    assert (first.kind, first.certainty) == ("image-missing", "likely")


def test_the_manifest_shows_a_wrong_platform() -> None:
    log = ["exec /usr/local/bin/python: exec format error"]
    task = stopped("Essential container in task exited", "EssentialContainerExited", exit_code=255)
    first = failing(task, log=log, image=Image(PUSHED, frozenset({"linux/arm64"})))[0]

    assert (first.kind, first.certainty) == ("image-platform", "certain")
    assert first.evidence == [f"log: {log[0]}", "ECR: the image is for linux/arm64; the tasks need linux/amd64"]


def test_a_script_without_an_interpreter_has_the_same_message_as_a_wrong_platform() -> None:
    task = stopped("Essential container in task exited", "EssentialContainerExited", exit_code=255)
    image = Image(PUSHED, frozenset({"linux/amd64"}))
    first = failing(task, log=["exec /app/start.sh: exec format error"], image=image)[0]

    assert (first.kind, first.certainty) == ("image-platform", "likely")
    assert "#!/bin/sh" in first.text
