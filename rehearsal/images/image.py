"""Container images as `docker build` makes them, pushed as `docker push` does.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
https://docs.docker.com/build/metadata/attestations/attestation-storage/
"""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from operations.images.manifests import digest

if TYPE_CHECKING:
    from types_boto3_ecr import ECRClient

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ATTESTATION = "application/vnd.in-toto+json"
FILE = "/content"


@dataclass(frozen=True)
class Image:
    """An index with an image for one platform, and with the attestation of its build."""

    index: bytes
    manifests: tuple[bytes, ...]
    blobs: tuple[bytes, ...]

    @classmethod
    def build(cls, content: bytes, architecture: str = "amd64", *, command: str = FILE) -> "Image":
        """Build an image with one file, `/content`.

        Args:
            content: The content of the file.
            architecture: The CPU architecture of the platform.
            command: The command of the image, by default the file.
        """
        archive = _archive(content)
        layer = gzip.compress(archive, mtime=0)
        config = _json(
            {
                "architecture": architecture,
                "os": "linux",
                "config": {"Cmd": [command]},
                "rootfs": {"type": "layers", "diff_ids": [digest(archive)]},
            }
        )
        image = _manifest(config, LAYER, layer)
        statement = _json({"_type": "https://in-toto.io/Statement/v0.1", "predicate": {}, "subject": []})
        empty = _json({"architecture": "unknown", "os": "unknown", "config": {}})
        attestation = _manifest(empty, ATTESTATION, statement)
        about = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest(image)}
        index = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [
                {**_descriptor(MANIFEST, image), "platform": {"architecture": architecture, "os": "linux"}},
                {
                    **_descriptor(MANIFEST, attestation),
                    "annotations": about,
                    "platform": {"architecture": "unknown", "os": "unknown"},
                },
            ],
        }
        return cls(_json(index), (image, attestation), (config, layer, empty, statement))


def push_image(ecr: "ECRClient", repository_name: str, tag: str, content: bytes, *, command: str = FILE) -> str:
    """Push an image, and return the digest of its index. The digest depends on content and command only.

    If another image has the tag, the tag moves to the pushed image. A second push of the same image with the same tag
    changes nothing.

    Raises:
        RuntimeError: The registry refuses the image.
    """
    image = Image.build(content, command=command)
    registry = _Registry(ecr, repository_name)
    for blob in image.blobs:
        registry.upload(blob)
    for manifest in image.manifests:
        registry.put_manifest(digest(manifest), MANIFEST, manifest)
    registry.put_manifest(tag, INDEX, image.index)
    return digest(image.index)


class _Registry:
    """One repository of the registry. The registry has the endpoint of the ECR client."""

    def __init__(self, ecr: "ECRClient", repository_name: str) -> None:
        [login] = ecr.get_authorization_token()["authorizationData"]
        self._headers = {"Authorization": f"Basic {login['authorizationToken']}"}
        self._endpoint = ecr.meta.endpoint_url
        self._path = f"/v2/{repository_name}"
        self._http = URLLib3Session(proxies={})

    def upload(self, blob: bytes) -> None:
        found = self._ask("HEAD", f"{self._path}/blobs/{digest(blob)}", expected=(200, 404))
        if found.status_code == 404:
            location = self._ask("POST", f"{self._path}/blobs/uploads/", expected=(202,)).headers["Location"]
            self._ask("PUT", f"{location}?digest={digest(blob)}", expected=(201,), body=blob)

    def put_manifest(self, reference: str, media_type: str, manifest: bytes) -> None:
        path = f"{self._path}/manifests/{reference}"
        self._ask("PUT", path, expected=(201,), body=manifest, **{"Content-Type": media_type})

    def _ask(
        self, method: str, path: str, *, expected: tuple[int, ...], body: bytes = b"", **headers: str
    ) -> AWSResponse:
        request = AWSRequest(method, f"{self._endpoint}{path}", headers={**self._headers, **headers}, data=body)
        answer = self._http.send(request.prepare())
        if answer.status_code not in expected:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer


def _manifest(config: bytes, media_type: str, layer: bytes) -> bytes:
    return _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, config),
            "layers": [_descriptor(media_type, layer)],
        }
    )


def _descriptor(media_type: str, blob: bytes) -> dict[str, str | int]:
    """Return the descriptor of a blob.

    https://github.com/opencontainers/image-spec/blob/main/descriptor.md
    """
    return {"mediaType": media_type, "digest": digest(blob), "size": len(blob)}


def _archive(content: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        file = tarfile.TarInfo("content")  # owner and times are fixed
        file.size, file.mode = len(content), 0o755
        tar.addfile(file, io.BytesIO(content))
    return archive.getvalue()


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
