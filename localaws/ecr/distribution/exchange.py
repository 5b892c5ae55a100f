"""The requests to the registry, translated into calls of ECR's API.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import json
import re
from contextlib import suppress

from werkzeug import Request, Response

from localaws.clients import Client
from localaws.ecr.distribution.answers import RefusedError, answer_with
from localaws.ecr.distribution.uploads import Upload
from localaws.ecr.manifest import digest
from localaws.json_types import JsonObject


class Exchange:
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
        """Return the manifest that a tag or a digest names."""
        answer = self._ecr.batch_get_image(repositoryName=name, imageIds=[_image_id(reference)])
        if not answer["images"]:
            raise RefusedError(404, "MANIFEST_UNKNOWN", "Requested image not found")
        [image] = answer["images"]
        headers = {"Docker-Content-Digest": image["imageId"]["imageDigest"]}
        return answer_with(200, headers, image["imageManifest"], image["imageManifestMediaType"])

    def put_manifest(self, name: str, reference: str) -> Response:
        """Store a manifest. Unlike ECR's API, the registry accepts a manifest that it already has."""
        manifest = self._request.get_data(as_text=True)
        image = {"repositoryName": name, "imageManifest": manifest, **_image_id(reference)}
        if self._request.mimetype:
            image["imageManifestMediaType"] = self._request.mimetype
        with suppress(self._ecr.exceptions.ImageAlreadyExistsException):
            self._ecr.put_image(**image)
        pushed = digest(self._request.get_data())
        return answer_with(201, {"Location": f"/v2/{name}/manifests/{pushed}", "Docker-Content-Digest": pushed})

    def blob(self, name: str, digest: str) -> Response:
        """Redirect to the content of a blob. For HEAD, return only the size of the blob."""
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

        The parameter `mount` asks to reuse a blob of another repository. ECR does so only if the account enables blob
        mounting, so this registry ignores the parameter and starts an upload. This registry also ignores a body of the
        request, as the specification allows.

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

        The refusal of a wrong range leaves the upload open. Every other refusal ends the upload. A client may upload
        a blob that already exists.
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


def _image_id(reference: str) -> dict[str, str]:
    if ":" not in reference:
        return {"imageTag": reference}
    if not re.fullmatch("sha256:[0-9a-f]{64}", reference):
        raise RefusedError(400, "DIGEST_INVALID", f"Invalid image digest '{reference}'")
    return {"imageDigest": reference}
