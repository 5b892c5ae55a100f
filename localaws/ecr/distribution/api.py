"""The registry at `/v2/`, to which clients such as docker and skopeo push, and from which they pull.

The registry translates each request into calls of ECR's API with the credentials of the logged-in caller. So the same
validation and the same refusals apply, and a push sends the same event.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""

import json
import logging
import re
from contextlib import suppress
from functools import lru_cache

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from localaws import clients
from localaws.clients import Client
from localaws.ecr.distribution.answers import RefusedError, answer_with, error, refusal
from localaws.ecr.distribution.authorization import Tokens
from localaws.ecr.distribution.uploads import Upload
from localaws.json_types import JsonObject

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
"""The routes. GET includes HEAD. ECR deletes images only through its own API."""


class Registry:
    """The registry of one local AWS."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._uploads: dict[str, Upload] = {}

    def __call__(self, request: Request) -> Response:
        """Answer one request. Several threads may call this at the same time."""
        caller = self._tokens.caller(request.authorization)
        if caller is None:
            challenge = {"WWW-Authenticate": f'Basic realm="{request.host_url}",service="ecr.amazonaws.com"'}
            return error(401, "UNAUTHORIZED", "Log in as AWS with the password of GetAuthorizationToken.", challenge)
        exchange = _Exchange(self._uploads, request, _ecr(*caller, request.host_url))
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


class _Exchange:
    """One request of a logged-in caller. Each route has a method of the same name."""

    def __init__(self, uploads: dict[str, Upload], request: Request, ecr: Client) -> None:
        self._uploads, self._request, self._ecr = uploads, request, ecr

    def version(self) -> Response:
        """Confirm that this server is a registry."""
        return answer_with(200)

    def tags(self, name: str) -> Response:
        """List the tags of a repository, page by page.

        https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags
        """
        ids = self._ecr.list_images(repositoryName=name, filter={"tagStatus": "TAGGED"})["imageIds"]
        after, most = self._request.args.get("last", ""), max(self._request.args.get("n", len(ids), int), 0)
        later = sorted(each["imageTag"] for each in ids if each["imageTag"] > after)
        page, rest = later[:most], later[most:]
        headers = {"Link": f'</v2/{name}/tags/list?n={most}&last={page[-1]}>; rel="next"'} if page and rest else {}
        return answer_with(200, headers, json.dumps({"name": name, "tags": page}), "application/json")

    def manifest(self, name: str, reference: str) -> Response:
        """Return the manifest with a tag or a digest."""
        answer = self._ecr.batch_get_image(repositoryName=name, imageIds=[_image_id(reference)])
        if not answer["images"]:
            raise RefusedError(404, "MANIFEST_UNKNOWN", "Requested image not found")
        [image] = answer["images"]
        headers = {"Docker-Content-Digest": image["imageId"]["imageDigest"]}
        return answer_with(200, headers, image["imageManifest"], image["imageManifestMediaType"])

    def put_manifest(self, name: str, reference: str) -> Response:
        """Store a manifest. A client may push the same manifest again, which ECR's API refuses."""
        manifest = self._request.get_data(as_text=True)
        image = {"repositoryName": name, "imageManifest": manifest, **_image_id(reference)}
        if self._request.mimetype:
            image["imageManifestMediaType"] = self._request.mimetype
        try:
            digest = self._ecr.put_image(**image)["image"]["imageId"]["imageDigest"]
        except self._ecr.exceptions.ImageAlreadyExistsException:
            images = self._ecr.batch_get_image(repositoryName=name, imageIds=[_image_id(reference)])["images"]
            digest = images[0]["imageId"]["imageDigest"]
        return answer_with(201, {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest})

    def blob(self, name: str, digest: str) -> Response:
        """Redirect to the content of a blob; return only its size for HEAD."""
        answer = self._availability(name, digest)
        if not answer["layers"]:
            [failure] = answer["failures"]
            if failure["failureCode"] == "InvalidLayerDigest":
                raise RefusedError(400, "DIGEST_INVALID", failure["failureReason"])
            raise RefusedError(404, "BLOB_UNKNOWN", failure["failureReason"])
        headers = {"Docker-Content-Digest": digest}
        if self._request.method == "HEAD":
            found = answer_with(200, headers)
            found.content_length = answer["layers"][0]["layerSize"]
            return found
        url = self._ecr.get_download_url_for_layer(repositoryName=name, layerDigest=digest)["downloadUrl"]
        return answer_with(307, {**headers, "Location": url})

    def start_upload(self, name: str) -> Response:
        """Start the upload of a blob.

        ECR mounts a blob of another repository (`mount`) only if the account enables it, so this registry starts an
        upload instead. It also ignores content in this request, as the specification allows.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
        """
        upload = Upload(self._ecr, name)
        self._uploads[upload.id] = upload
        return self._progress(202, upload)

    def upload(self, name: str, upload_id: str) -> Response:
        """Return the progress of an upload."""
        return self._progress(204, self._find(name, upload_id))

    def write(self, name: str, upload_id: str) -> Response:
        """Append a chunk to an upload."""
        upload = self._find(name, upload_id)
        self._write(upload)
        return self._progress(202, upload)

    def complete(self, name: str, upload_id: str) -> Response:
        """Complete an upload with an optional last chunk.

        A wrong range leaves the upload open; every other refusal ends it. A client may upload an existing blob again.
        """
        upload, requested = self._find(name, upload_id), self._request.args.get("digest", "")
        self._write(upload)
        del self._uploads[upload_id]
        calculated = upload.digest
        if upload.received and requested != calculated:
            raise RefusedError(400, "DIGEST_INVALID", f"The upload has the digest '{calculated}', not '{requested}'.")
        if not upload.received or not self._availability(name, requested)["layers"]:
            with suppress(self._ecr.exceptions.LayerAlreadyExistsException):
                upload.complete(self._ecr, requested)
        return answer_with(201, {"Location": f"/v2/{name}/blobs/{requested}", "Docker-Content-Digest": requested})

    def cancel(self, name: str, upload_id: str) -> Response:
        """Cancel an upload."""
        del self._uploads[self._find(name, upload_id).id]
        return answer_with(204)

    def _find(self, name: str, upload_id: str) -> Upload:
        upload = self._uploads.get(upload_id)
        if upload is None or upload.repository != name:
            raise RefusedError(404, "BLOB_UPLOAD_UNKNOWN", f"No upload {upload_id} to {name} is in progress.")
        return upload

    def _write(self, upload: Upload) -> None:
        sent = re.match(r"(?:bytes )?(\d+)-", self._request.headers.get("Content-Range", ""))
        if sent and int(sent[1]) != upload.received:
            raise RefusedError(416, "RANGE_INVALID", f"The next byte must be {upload.received}, got {sent[1]}.")
        upload.write(self._request.get_data())

    def _availability(self, name: str, digest: str) -> JsonObject:
        answer: JsonObject = self._ecr.batch_check_layer_availability(repositoryName=name, layerDigests=[digest])
        return answer

    def _progress(self, status: int, upload: Upload) -> Response:
        location = f"/v2/{upload.repository}/blobs/uploads/{upload.id}"
        received = f"0-{max(upload.received - 1, 0)}"
        return answer_with(status, {"Location": location, "Range": received, "Docker-Upload-UUID": upload.id})


@lru_cache(maxsize=16)
def _ecr(key: ReadOnlyCredentials, region: str, endpoint: str) -> Client:
    return clients.client(clients.session(key), "ecr", region=region, endpoint=endpoint, checks=False)


def _image_id(reference: str) -> dict[str, str]:
    if ":" not in reference:
        return {"imageTag": reference}
    if not re.fullmatch("sha256:[0-9a-f]{64}", reference):
        raise RefusedError(400, "DIGEST_INVALID", f"Invalid image digest '{reference}'")
    return {"imageDigest": reference}
