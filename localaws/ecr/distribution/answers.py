"""The answers and errors of the registry.

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
"""The registry's HTTP status and error code for each error code of ECR's API."""

CODES_BY_PARAMETER = {
    "imageDigest": "DIGEST_INVALID",
    "imageTag": "TAG_INVALID",
    "layerDigest": "DIGEST_INVALID",
    "layerDigests": "DIGEST_INVALID",
    "repositoryName": "NAME_INVALID",
}
"""The registry's error code for each invalid parameter of ECR's API. Other parameters get MANIFEST_INVALID."""


class RefusedError(Exception):
    """A refusal by the registry itself, without a call of ECR's API."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def answer_with(status: int, headers: dict[str, str] | None = None, body: str = "", content_type: str = "") -> Response:
    """Return an answer with the version header of the registry API."""
    described = {"Docker-Distribution-Api-Version": "registry/2.0", **(headers or {})}
    return Response(body, status, described, content_type=content_type or None)


def error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error answer."""
    body = json.dumps({"errors": [{"code": code, "message": message}]})
    return answer_with(status, headers, body, "application/json")


def refusal(error_of_ecr: ClientError) -> Response:
    """Return the registry's error for an error of ECR's API."""
    answered = error_of_ecr.response["Error"]
    status, code = CODES.get(answered["Code"], (400, "UNSUPPORTED"))
    if answered["Code"] == "InvalidParameterException":
        parameter = re.search(r" at '(?:imageIds\.1\.)?(\w+)", answered["Message"])
        code = CODES_BY_PARAMETER.get(parameter[1] if parameter else "", "MANIFEST_INVALID")
    return error(status, code, answered["Message"])
