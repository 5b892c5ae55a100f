"""The registry at `/v2/`, for clients such as docker and skopeo that push and pull images.

The registry translates each request into calls of ECR's API, with the credentials of the caller who logged in. So the
registry validates and refuses requests as ECR's API does, and a push sends the same event.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""

import logging
from functools import lru_cache

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from localaws import clients
from localaws.clients import Client
from localaws.ecr.distribution.answers import RefusedError, error, refusal
from localaws.ecr.distribution.authorization import Tokens
from localaws.ecr.distribution.exchange import Exchange
from localaws.ecr.distribution.uploads import Upload

PATH = "/v2/"
ROUTES = Map(
    [
        Rule(PATH, endpoint="version"),
        Rule("/v2/<path:name>/tags/list", endpoint="tags", methods=["GET"]),
        Rule("/v2/<path:name>/manifests/<reference>", endpoint="manifest", methods=["GET"]),
        Rule("/v2/<path:name>/manifests/<reference>", endpoint="put_manifest", methods=["PUT"]),
        Rule("/v2/<path:name>/blobs/uploads/", endpoint="start_upload", methods=["POST"]),
        Rule("/v2/<path:name>/blobs/uploads/<upload_id>", endpoint="upload", methods=["GET"]),
        Rule("/v2/<path:name>/blobs/uploads/<upload_id>", endpoint="write", methods=["PATCH"]),
        Rule("/v2/<path:name>/blobs/uploads/<upload_id>", endpoint="complete", methods=["PUT"]),
        Rule("/v2/<path:name>/blobs/uploads/<upload_id>", endpoint="cancel", methods=["DELETE"]),
        Rule("/v2/<path:name>/blobs/<digest>", endpoint="blob", methods=["GET"]),
    ],
    strict_slashes=False,
    merge_slashes=False,
)
"""The routes. GET includes HEAD. No route deletes an image, because ECR deletes images only through ECR's API."""


class Registry:
    """The registry of one local AWS."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._uploads: dict[str, Upload] = {}

    def __call__(self, request: Request) -> Response:
        """Answer one request. Several threads may call this method at the same time."""
        caller = self._tokens.caller(request.authorization)
        if caller is None:
            challenge = {"WWW-Authenticate": f'Basic realm="{request.host_url}",service="ecr.amazonaws.com"'}
            return error(401, "UNAUTHORIZED", "Log in as user AWS with a password of GetAuthorizationToken.", challenge)
        exchange = Exchange(self._uploads, request, _ecr(*caller, request.host_url))
        try:
            route, values = ROUTES.bind_to_environ(request.environ).match()
            answer: Response = getattr(exchange, route)(**values)
        except RefusedError as refused:
            return error(refused.status, refused.code, str(refused))
        except HTTPException as wrong:
            return error(wrong.code or 404, "UNSUPPORTED", f"ECR has no {request.method} {request.path}.")
        except ClientError as refused:
            return refusal(refused)
        except Exception as failure:
            logging.exception("%s %s: the local AWS failed", request.method, request.path)
            return error(400, "UNKNOWN", f"The local AWS failed: {failure!r}")
        return answer


@lru_cache(maxsize=16)
def _ecr(key: ReadOnlyCredentials, region: str, endpoint: str) -> Client:
    return clients.client(clients.session(key), "ecr", region=region, endpoint=endpoint, checks=False)
