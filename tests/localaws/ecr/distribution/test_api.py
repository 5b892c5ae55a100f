"""The registry, as the distribution specification describes it and as real clients use it.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import URLLib3Session

from localaws.clients import client as make_client
from localaws.clients import session as make_session
from operations.images.manifests import digest
from rehearsal.images.image import INDEX, MANIFEST, Image
from rehearsal.images.layouts import write_layout
from tests.support.localaws import registry
from tests.support.localaws.aws_pipeline import ALLOW_ALL, REGION, clients

IMAGE = Image.build(b"hello")
NONE = f"sha256:{'0' * 64}"
UPLOADS = "/v2/registry/blobs/uploads/"


@pytest.fixture(scope="module")
def ecr() -> Any:
    client = clients().client("ecr")
    client.create_repository(repositoryName="registry")
    client.create_repository(repositoryName="team/registry")
    return client


@pytest.fixture(scope="module")
def password(ecr: Any) -> str:
    [login] = ecr.get_authorization_token()["authorizationData"]
    return b64decode(login["authorizationToken"]).decode().removeprefix("AWS:")


class Ask:
    """A client of the registry, logged in with a password."""

    def __init__(self, password: str) -> None:
        self._login = b64encode(f"AWS:{password}".encode()).decode()

    def __call__(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        sent["Authorization"] = f"Basic {self._login}"
        request = AWSRequest(method, f"{clients().local.endpoint}{path}", headers=sent, data=body)
        return URLLib3Session(proxies={}).send(request.prepare())

    def blob(self, blob: bytes, repository: str = "registry") -> None:
        place = self("POST", f"/v2/{repository}/blobs/uploads/").headers["Location"]
        assert self("PUT", f"{place}?digest={digest(blob)}", blob).status_code == 201

    def content(self, path: str) -> bytes:
        """Return the content of a blob, to which the registry redirects."""
        answer = self("GET", path)
        assert answer.status_code == 307
        found: bytes = self("GET", answer.headers["Location"].removeprefix(clients().local.endpoint)).content
        return found

    def error(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        answer = self(method, path, body, **headers)
        [error] = json.loads(answer.content)["errors"]
        return answer.status_code, error["code"]


@pytest.fixture(scope="module")
def ask(password: str) -> Ask:
    return Ask(password)


def test_without_a_password_the_registry_says_how_to_log_in(ask: Ask) -> None:
    refused = Ask("guessed")("GET", "/v2/")

    assert (refused.status_code, ask("GET", "/v2/").status_code) == (401, 200)
    assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_what_was_pushed_is_pulled(ecr: Any, ask: Ask) -> None:
    pushed = registry.push(ecr, "registry", "pulled", Image.build(b"hello"))

    index = ask("GET", "/v2/registry/manifests/pulled")
    assert (index.content, index.headers["Content-Type"]) == (IMAGE.index, INDEX)
    assert index.headers["Docker-Content-Digest"] == pushed == digest(IMAGE.index)
    assert ask("GET", f"/v2/registry/manifests/{digest(IMAGE.manifests[0])}").content == IMAGE.manifests[0]
    for blob in IMAGE.blobs:
        assert ask.content(f"/v2/registry/blobs/{digest(blob)}") == blob


def test_head_returns_the_size_without_content(ask: Ask) -> None:
    ask.blob(b"some bytes")

    answer = ask("HEAD", f"/v2/registry/blobs/{digest(b'some bytes')}")

    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, "10", b"")
    assert ask("HEAD", f"/v2/registry/blobs/{NONE}").status_code == 404


def test_a_blob_is_uploaded_in_chunks_with_its_progress(ask: Ask) -> None:
    place = ask("POST", UPLOADS).headers["Location"]

    first = ask("PATCH", place, b"01234", Content_Range="0-4")
    out_of_order = ask.error("PATCH", place, b"789", Content_Range="7-9")
    status = ask("GET", place)
    ask("PATCH", place, b"567", Content_Range="5-7")
    done = ask("PUT", f"{place}?digest={digest(b'0123456789')}", b"89")

    assert (first.status_code, first.headers["Range"]) == (202, "0-4")
    assert out_of_order == (416, "RANGE_INVALID")
    assert (status.status_code, status.headers["Range"]) == (204, "0-4")
    assert (done.status_code, done.headers["Location"]) == (201, f"/v2/registry/blobs/{digest(b'0123456789')}")


def test_mounts_and_single_requests_start_an_upload(ask: Ask) -> None:
    ask.blob(b"mine", "team/registry")

    mounted = ask("POST", f"{UPLOADS}?mount={digest(b'mine')}&from=team/registry")
    single = ask("POST", f"{UPLOADS}?digest={digest(b'single')}", b"single")

    assert (mounted.status_code, single.status_code) == (202, 202)
    assert ask("PUT", f"{single.headers['Location']}?digest={digest(b'single')}", b"single").status_code == 201


def test_a_cancelled_upload_does_not_exist(ask: Ask) -> None:
    place = ask("POST", UPLOADS).headers["Location"]

    assert ask("DELETE", place).status_code == 204
    assert ask.error("PATCH", place, b"late") == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_refused_upload_does_not_exist(ask: Ask) -> None:
    place = ask("POST", UPLOADS).headers["Location"]

    assert ask.error("PUT", f"{place}?digest={NONE}", b"x") == (400, "DIGEST_INVALID")
    assert ask.error("PUT", f"{place}?digest={digest(b'x')}", b"x") == (404, "BLOB_UPLOAD_UNKNOWN")


def test_an_incomplete_upload_sends_no_bytes_to_ecr(ecr: Any, ask: Ask) -> None:
    """moto keeps the parts of an upload until the upload is complete."""
    ecr.create_repository(repositoryName="kept")
    uploads = "/v2/kept/blobs/uploads/"
    ask.blob(b"x", "kept")
    cancelled, refused = (ask("POST", uploads).headers["Location"] for _ in range(2))
    before = clients().local.requests()["operations"]["ecr.UploadLayerPart"]

    ask("PATCH", cancelled, b"01234")
    ask("DELETE", cancelled)
    ask("PUT", f"{refused}?digest={NONE}", b"01234")
    ask.blob(b"x", "kept")

    assert clients().local.requests()["operations"]["ecr.UploadLayerPart"] == before


def test_an_upload_belongs_to_its_repository(ask: Ask) -> None:
    upload_id = ask("POST", UPLOADS).headers["Location"].rpartition("/")[2]

    assert ask.error("PATCH", f"/v2/team/registry/blobs/uploads/{upload_id}", b"x") == (404, "BLOB_UPLOAD_UNKNOWN")


def test_pushing_again_changes_nothing(ecr: Any, ask: Ask) -> None:
    registry.push(ecr, "registry", "again", Image.build(b"again"))
    ask.blob(IMAGE.blobs[0])
    ask.blob(IMAGE.blobs[0])

    assert registry.push(ecr, "registry", "again", Image.build(b"again")) == digest(Image.build(b"again").index)


def test_tags_are_listed_page_by_page(ecr: Any, ask: Ask) -> None:
    ecr.create_repository(repositoryName="tagged")
    for tag in ("b", "a", "c"):
        registry.push(ecr, "tagged", tag, Image.build(b"hello"))

    whole = ask("GET", "/v2/tagged/tags/list")
    page = ask("GET", "/v2/tagged/tags/list?n=2")
    rest = ask("GET", page.headers["Link"].removeprefix("<").partition(">")[0])

    assert json.loads(whole.content) == {"name": "tagged", "tags": ["a", "b", "c"]}
    assert [json.loads(each.content)["tags"] for each in (page, rest)] == [["a", "b"], ["c"]]
    assert "Link" not in rest.headers


REFUSED: dict[str, tuple[Callable[[Ask], tuple[int, str]], tuple[int, str]]] = {
    "a missing repository": (lambda ask: ask.error("GET", "/v2/none/tags/list"), (404, "NAME_UNKNOWN")),
    "a missing manifest": (
        lambda ask: ask.error("GET", "/v2/registry/manifests/none"),
        (404, "MANIFEST_UNKNOWN"),
    ),
    "a missing blob": (lambda ask: ask.error("GET", f"/v2/registry/blobs/{NONE}"), (404, "BLOB_UNKNOWN")),
    "bytes with another digest": (
        lambda ask: ask.error("PUT", f"{ask('POST', UPLOADS).headers['Location']}?digest={NONE}", b"x"),
        (400, "DIGEST_INVALID"),
    ),
    "no bytes": (
        lambda ask: ask.error("PUT", f"{ask('POST', UPLOADS).headers['Location']}?digest={NONE}"),
        (400, "SIZE_INVALID"),
    ),
    "an index before its images": (
        lambda ask: ask.error("PUT", "/v2/team/registry/manifests/early", IMAGE.index, Content_Type=INDEX),
        (404, "MANIFEST_BLOB_UNKNOWN"),
    ),
    "an image before its layers": (
        lambda ask: ask.error("PUT", "/v2/team/registry/manifests/early", IMAGE.manifests[0], Content_Type=MANIFEST),
        (404, "BLOB_UNKNOWN"),
    ),
    "an invalid manifest": (
        lambda ask: ask.error("PUT", "/v2/registry/manifests/none", b"{", Content_Type=MANIFEST),
        (400, "MANIFEST_INVALID"),
    ),
    "an empty manifest": (lambda ask: ask.error("PUT", "/v2/registry/manifests/none"), (400, "MANIFEST_INVALID")),
    "a manifest without members": (
        lambda ask: ask.error("PUT", "/v2/registry/manifests/none", b"{}", Content_Type=MANIFEST),
        (400, "MANIFEST_INVALID"),
    ),
    "the tags of a name of one letter": (lambda ask: ask.error("GET", "/v2/a/tags/list"), (400, "NAME_INVALID")),
    "the tags of a name of 300 letters": (
        lambda ask: ask.error("GET", f"/v2/{'a' * 300}/tags/list"),
        (400, "NAME_INVALID"),
    ),
    "a manifest of an invalid name": (lambda ask: ask.error("GET", "/v2/A/manifests/x"), (400, "NAME_INVALID")),
    "a manifest for an invalid name": (
        lambda ask: ask.error("PUT", "/v2/A/manifests/x", IMAGE.manifests[0], Content_Type=MANIFEST),
        (400, "NAME_INVALID"),
    ),
    "a blob of an invalid name": (lambda ask: ask.error("GET", f"/v2/a_/blobs/{NONE}"), (400, "NAME_INVALID")),
    "an upload to an invalid name": (lambda ask: ask.error("POST", "/v2/a//b/blobs/uploads/"), (400, "NAME_INVALID")),
    "a blob of an invalid digest": (
        lambda ask: ask.error("GET", "/v2/registry/blobs/sha256:0"),
        (400, "DIGEST_INVALID"),
    ),
    "a manifest of an invalid digest": (
        lambda ask: ask.error("GET", "/v2/registry/manifests/sha256:"),
        (400, "DIGEST_INVALID"),
    ),
    "an upload that ends without a digest": (
        lambda ask: ask.error("PUT", ask("POST", UPLOADS).headers["Location"], b"x"),
        (400, "DIGEST_INVALID"),
    ),
    "a tag that is too long": (
        lambda ask: ask.error("GET", f"/v2/registry/manifests/{'x' * 400}"),
        (400, "TAG_INVALID"),
    ),
    "to delete an image": (lambda ask: ask.error("DELETE", "/v2/registry/manifests/pulled"), (405, "UNSUPPORTED")),
    "an unknown path": (lambda ask: ask.error("GET", "/v2/registry/other"), (404, "UNSUPPORTED")),
}


@pytest.mark.parametrize(("call", "answer"), REFUSED.values(), ids=REFUSED)
def test_refusals_have_the_codes_of_the_specification(
    ask: Ask, call: Callable[[Ask], tuple[int, str]], answer: tuple[int, str]
) -> None:
    assert call(ask) == answer


def test_an_immutable_tag_stays(ecr: Any) -> None:
    ecr.create_repository(repositoryName="immutable", imageTagMutability="IMMUTABLE")
    registry.push(ecr, "immutable", "latest", Image.build(b"first"))

    with pytest.raises(RuntimeError, match=r"400 .*TAG_INVALID.*The image tag 'latest' already exists"):
        registry.push(ecr, "immutable", "latest", Image.build(b"second"))


@pytest.mark.usefixtures("ecr")
def test_the_session_of_a_role_pushes_too() -> None:
    role = clients().role("pushes", {"AWS": "*"}, rights=(ALLOW_ALL,))
    session = clients().client("sts").assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    key = ReadOnlyCredentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    own = make_client(make_session(key), "ecr", region=REGION, endpoint=clients().local.endpoint)

    assert registry.push(own, "registry", "by-role", Image.build(b"by-role")) == digest(Image.build(b"by-role").index)


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed (apt-get install skopeo)")
def test_skopeo_copies_an_index_with_all_its_images(ecr: Any, password: str, tmp_path: Path) -> None:
    ecr.create_repository(repositoryName="skopeo")
    pushed = write_layout(tmp_path / "there", [Image.build(b"x", "amd64"), Image.build(b"y", "arm64")])
    place = f"docker://{clients().local.endpoint.removeprefix('http://')}/skopeo:latest"

    def copy(*how: str) -> None:
        subprocess.run(["skopeo", "--insecure-policy", "copy", "--all", *how], check=True, capture_output=True)

    copy("--dest-tls-verify=false", f"--dest-creds=AWS:{password}", f"oci:{tmp_path / 'there'}:latest", place)
    copy("--src-tls-verify=false", f"--src-creds=AWS:{password}", place, f"oci:{tmp_path / 'back'}:latest")

    [index] = ecr.describe_images(repositoryName="skopeo", imageIds=[{"imageTag": "latest"}])["imageDetails"]
    assert index["imageDigest"] == pushed
    there, back = ({file.name for file in (tmp_path / each / "blobs/sha256").iterdir()} for each in ("there", "back"))
    assert there == back


@pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed (apt-get install buildah)")
@pytest.mark.parametrize("form", ["oci", "v2s2"])
def test_buildah_pushes_what_it_built(ecr: Any, password: str, form: str, tmp_path: Path) -> None:
    repository = f"buildah-{form}"
    ecr.create_repository(repositoryName=repository)
    (tmp_path / "serve").write_text("#!/bin/sh")
    place = f"docker://{clients().local.endpoint.removeprefix('http://')}/{repository}:latest"
    own = ["--storage-driver=vfs", f"--root={tmp_path / 'root'}", f"--runroot={tmp_path / 'run'}"]

    for command in (
        ["from", "--name=new", "scratch"],
        ["copy", "new", str(tmp_path / "serve"), "/serve"],
        ["config", "--cmd=/serve", "new"],
        ["commit", "new", "shop"],
        ["push", "--tls-verify=false", f"--format={form}", f"--creds=AWS:{password}", "shop", place],
    ):
        subprocess.run(["buildah", *own, *command], check=True, capture_output=True)

    [image] = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": "latest"}])["imageDetails"]
    kind = {"oci": MANIFEST, "v2s2": "application/vnd.docker.distribution.manifest.v2+json"}
    assert image["imageManifestMediaType"] == kind[form]
