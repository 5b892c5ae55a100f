"""A client that pushes as `docker push` does, through the HTTP API of the registry.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
"""

from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from operations.images.manifests import digest
from rehearsal.images.image import INDEX, MANIFEST, Image


def push(ecr: Any, repository_name: str, tag: str, image: Image) -> str:
    """Push an image, and return the digest of its index. The registry has the endpoint of the ECR client.

    Raises:
        RuntimeError: The registry refuses the image.
    """
    [login] = ecr.get_authorization_token()["authorizationData"]
    Registry(ecr.meta.endpoint_url, login["authorizationToken"], repository_name).push(tag, image)
    return digest(image.index)


class Registry:
    """One repository of the registry.

    Args:
        endpoint: The URL of the registry.
        token: The user and the password, joined by a colon and encoded in base64.
        repository_name: The name of the repository.
    """

    def __init__(self, endpoint: str, token: str, repository_name: str) -> None:
        self._headers = {"Authorization": f"Basic {token}"}
        self._endpoint = endpoint
        self._path = f"/v2/{repository_name}"
        self._http = URLLib3Session(proxies={})

    def push(self, tag: str, image: Image) -> None:
        """Push an image.

        Raises:
            RuntimeError: The registry refuses the image.
        """
        for blob in image.blobs:
            self.upload(blob)
        for manifest in image.manifests:
            self.put_manifest(digest(manifest), MANIFEST, manifest)
        self.put_manifest(tag, INDEX, image.index)

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
