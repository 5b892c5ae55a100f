"""What the registry answers, and how it refuses.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
"""

import json
import re

from botocore.exceptions import ClientError
from werkzeug import Response

CODES = {
    "AccessDeniedException": (403, "DENIED"),
    "EmptyUploadException": (400, "SIZE_INVALID"),
    "ImageDigestDoesNotMatchException": (400, "DIGEST_INVALID"),
    "ImageNotFoundException": (404, "MANIFEST_UNKNOWN"),
    "ImageTagAlreadyExistsException": (400, "TAG_INVALID"),
    "InvalidLayerException": (400, "DIGEST_INVALID"),
    "LayersNotFoundException": (404, "BLOB_UNKNOWN"),
    "ReferencedImagesNotFoundException": (404, "MANIFEST_BLOB_UNKNOWN"),
    "RepositoryNotFoundException": (404, "NAME_UNKNOWN"),
    "UploadNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
}
"""The registry's status and code for what ECR's API answers."""

CODES_BY_PARAMETER = {
    "imageDigest": "DIGEST_INVALID",
    "imageTag": "TAG_INVALID",
    "layerDigest": "DIGEST_INVALID",
    "layerDigests": "DIGEST_INVALID",
    "repositoryName": "NAME_INVALID",
}
"""The registry's code for a parameter that ECR's API finds invalid; that of any other is MANIFEST_INVALID."""


class RefusedError(Exception):
    """A request that the registry refuses by itself."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def answer_with(status: int, headers: dict[str, str] | None = None, body: str = "", content_type: str = "") -> Response:
    described = {"Docker-Distribution-Api-Version": "registry/2.0", **(headers or {})}
    return Response(body, status, described, content_type=content_type or None)


def error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error answer."""
    body = json.dumps({"errors": [{"code": code, "message": message}]})
    return answer_with(status, headers, body, "application/json")


def refusal(refused: ClientError) -> Response:
    """Return what ECR's API refused in the registry's words."""
    said = refused.response["Error"]
    status, code = CODES.get(said["Code"], (400, "UNSUPPORTED"))
    if said["Code"] == "InvalidParameterException":
        parameter = re.search(r" at '(?:imageIds\.1\.)?(\w+)", said["Message"])
        code = CODES_BY_PARAMETER.get(parameter[1] if parameter else "", "MANIFEST_INVALID")
    return error(status, code, said["Message"])
