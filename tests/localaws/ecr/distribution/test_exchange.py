"""Pushes and pulls under the session of a role: each request needs the permissions that ECR documents.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from operations.images.manifests import digest
from rehearsal.images.image import Image
from tests.support.localaws import registry
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients
from tests.support.localaws.roles import client, session

REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/by-session"
LOGIN = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
IMAGE, OTHER = Image.build(b"there"), Image.build(b"new")

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


@pytest.fixture(scope="module", autouse=True)
def _repository() -> None:
    ecr = clients().client("ecr")
    ecr.create_repository(repositoryName="by-session")
    registry.push(ecr, "by-session", "latest", IMAGE)


class Registry:
    """A client that logged in with a session of a role, which has these permissions on the repository."""

    def __init__(self, *actions: str) -> None:
        rights = {"Effect": "Allow", "Action": actions, "Resource": REPOSITORY}
        key = session(clients().local, "registry-user", LOGIN, *([rights] if actions else []))
        [login] = client(clients().local, key, "ecr").get_authorization_token()["authorizationData"]
        password = b64decode(login["authorizationToken"]).decode()
        self._login = f"Basic {b64encode(password.encode()).decode()}"

    def send(self, method: str, path: str, body: bytes = b"") -> Any:
        """Send a request, and return the answer.

        Raises:
            PermissionError: The registry denies the request.
        """
        url = path if path.startswith("http") else f"{clients().local.endpoint}{path}"
        headers = {} if path.startswith("http") else {"Authorization": self._login}
        answer = URLLib3Session(proxies={}).send(AWSRequest(method, url, headers=headers, data=body).prepare())
        if answer.status_code == 403:
            if method == "HEAD":  # which has no body
                return self.send("GET", path)
            [error] = json.loads(answer.content)["errors"]
            raise PermissionError(f"{error['code']}: {error['message']}")
        return answer

    def pull(self) -> None:
        """Pull each manifest and each blob of the image."""
        repository = "/v2/by-session"
        for manifest in (IMAGE.index, *IMAGE.manifests):
            assert self.send("GET", f"{repository}/manifests/{digest(manifest)}").content == manifest
        for blob in IMAGE.blobs:
            self.send("HEAD", f"{repository}/blobs/{digest(blob)}")
            place = self.send("GET", f"{repository}/blobs/{digest(blob)}").headers["Location"]
            assert self.send("GET", place).content == blob

    def push(self) -> None:
        """Push each blob and each manifest of another image, which the repository does not keep."""
        repository = "/v2/by-session"
        for blob in OTHER.blobs:
            self.send("HEAD", f"{repository}/blobs/{digest(blob)}")
            place = self.send("POST", f"{repository}/blobs/uploads/").headers["Location"]
            assert self.send("PUT", f"{place}?digest={digest(blob)}", blob).status_code == 201
        for manifest in OTHER.manifests:
            assert self.send("PUT", f"{repository}/manifests/{digest(manifest)}", manifest).status_code == 201
        assert self.send("PUT", f"{repository}/manifests/new", OTHER.index).status_code == 201


@pytest.fixture
def _without_the_other_image() -> Iterator[None]:
    """Delete the image that a test pushed, so that the next test uploads its layers again."""
    yield
    clients().client("ecr").delete_repository(repositoryName="by-session", force=True)
    clients().client("ecr").create_repository(repositoryName="by-session")
    registry.push(clients().client("ecr"), "by-session", "latest", IMAGE)


def denial(action: str) -> str:
    return (
        f"DENIED: User: arn:aws:sts::{ACCOUNT}:assumed-role/registry-user/cli is not authorized to perform: {action} "
        f"on resource: {REPOSITORY} because no identity-based policy allows the {action} action"
    )


def test_a_session_with_each_permission_pulls() -> None:
    Registry(*PULL).pull()


@pytest.mark.parametrize("action", PULL)
def test_a_pull_without_a_permission_is_denied(action: str) -> None:
    with pytest.raises(PermissionError) as denied:
        Registry(*(other for other in PULL if other != action)).pull()

    assert str(denied.value) == denial(action)


@pytest.mark.usefixtures("_without_the_other_image")
def test_a_session_with_each_permission_pushes() -> None:
    Registry(*PUSH).push()


@pytest.mark.usefixtures("_without_the_other_image")
@pytest.mark.parametrize("action", PUSH)
def test_a_push_without_a_permission_is_denied(action: str) -> None:
    with pytest.raises(PermissionError) as denied:
        Registry(*(other for other in PUSH if other != action)).push()

    assert str(denied.value) == denial(action)


def test_a_list_of_tags_needs_its_permission() -> None:
    assert Registry("ecr:ListImages").send("GET", "/v2/by-session/tags/list").status_code == 200
    with pytest.raises(PermissionError, match=r"^DENIED: .* ecr:ListImages "):
        Registry(*PULL).send("GET", "/v2/by-session/tags/list")


def test_a_login_alone_reaches_no_repository() -> None:
    registry = Registry()

    assert registry.send("GET", "/v2/").status_code == 200
    with pytest.raises(PermissionError, match=r"^DENIED: .* ecr:BatchGetImage "):
        registry.send("GET", "/v2/by-session/manifests/latest")


def test_a_login_needs_its_permission() -> None:
    key = session(clients().local, "registry-user", {**LOGIN, "Action": "ecr:BatchGetImage"})

    with pytest.raises(Exception, match=r"AccessDeniedException.* ecr:GetAuthorizationToken on resource: \* because "):
        client(clients().local, key, "ecr").get_authorization_token()
