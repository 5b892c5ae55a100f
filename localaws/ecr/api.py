"""ECR's API with events for pushes and deletions, and with layers that clients can download.

moto sends no ECR events, and does not keep the bytes of layers.
"""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecr.responses import ECRResponse

from localaws.clock import Clock
from localaws.control import LAYERS_PATH
from localaws.ecr import lifecycle_policies
from localaws.ecr.distribution.authorization import USER, Tokens
from localaws.ecr.errors import EcrError
from localaws.ecr.events import ecr_image_action, media_types
from localaws.json_types import json_object
from localaws.runner import Runner
from localaws.signatures import ALGORITHM


class EcrApi(ECRResponse):
    """The operations of ECR.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html
    """

    runner: ClassVar[Runner]
    tokens: ClassVar[Tokens]

    def get_authorization_token(self) -> ActionResult:
        """Return a new password for the registry at `/v2/`.

        moto always returns the same password, which has expired.
        """
        password, expires = self.tokens.issue(self._key_id(), self.region)
        return ActionResult(
            {
                "authorizationData": [
                    {
                        "authorizationToken": b64encode(f"{USER}:{password}".encode()).decode(),
                        "expiresAt": expires,
                        "proxyEndpoint": f"https://{self.current_account}.dkr.ecr.{self.region}.amazonaws.com",
                    }
                ]
            }
        )

    def complete_layer_upload(self) -> ActionResult:
        """Complete the upload of a layer, and store the bytes of the layer. moto stores only its size."""
        name = self._get_param("repositoryName")
        upload = self.ecr_backend._get_repository(name).uploads.get(self._get_param("uploadId"))
        answer = super().complete_layer_upload()
        if upload:
            digest = json_object(answer.result)["layerDigest"]
            _layers(self.ecr_backend, name)[digest] = bytes(upload.layer_parts)
        return answer

    def get_download_url_for_layer(self) -> ActionResult:  # type: ignore[override] # moto does not implement it
        """Return a presigned URL of a layer.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html
        """
        name, digest = self._get_param("repositoryName"), self._get_param("layerDigest")
        if digest not in _layers(self.ecr_backend, name):
            raise EcrError(
                "LayersNotFoundException",
                f"The layer with digest {digest} does not exist within the repository with name '{name}' "
                f"in the registry with id '{self.current_account}'",
            )
        query = {"account": self.current_account, "region": self.region, "repository": name, "digest": digest}
        url = self.runner.presigned(LAYERS_PATH, self.region, query)
        return ActionResult({"downloadUrl": url, "layerDigest": digest})

    def list_image_referrers(self) -> ActionResult:
        """Return the artifacts that refer to an image. The manifest of such an artifact has the image as `subject`.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
        """
        repository = self.ecr_backend._get_repository(self._get_param("repositoryName"))
        subject = self._get_param("subjectId")["imageDigest"]
        found = [
            (image, manifest)
            for image in repository.images
            if (manifest := json.loads(image.image_manifest)).get("subject", {}).get("digest") == subject
        ]
        return ActionResult(
            {
                "referrers": [
                    {
                        "digest": image.image_digest,
                        "mediaType": image.image_manifest_media_type,
                        "artifactType": manifest.get("artifactType") or manifest["config"]["mediaType"],
                        "size": len(image.image_manifest.encode()),
                        "annotations": manifest.get("annotations", {}),
                        "artifactStatus": "ACTIVE",
                    }
                    for image, manifest in found
                ]
            }
        )

    def put_image(self) -> ActionResult:
        """Push an image, send its event, and apply the lifecycle policies.

        If the push has no tag, the `image-tag` of the event is an empty string.
        """
        tag = self._get_param("imageTag") or ""
        try:
            answer = super().put_image()
        except Exception:
            self._send_event("PUSH", succeeded=False, digest=self._get_param("imageDigest"), tag=tag)
            raise
        pushed = json_object(answer.result)["image"].image_digest
        types = media_types(self._get_param("imageManifest"), self._get_param("imageManifestMediaType"))
        self._send_event("PUSH", succeeded=True, digest=pushed, tag=tag, types=types)
        expire(self.runner.clock)
        return answer

    def batch_delete_image(self) -> ActionResult:
        """Delete images and send an event for each deletion and each failure."""
        answer = super().batch_delete_image()
        outcome = json_object(answer.result)
        for deleted in outcome["imageIds"]:
            self._send_event("DELETE", succeeded=True, digest=deleted.image_digest, tag=deleted.image_tag)
        for failure in outcome["failures"]:
            image = failure["imageId"]
            self._send_event("DELETE", succeeded=False, digest=image.get("imageDigest"), tag=image.get("imageTag"))
        return answer

    def _send_event(
        self,
        action: str,
        *,
        succeeded: bool,
        digest: str | None,
        tag: str | None,
        types: dict[str, str] | None = None,
    ) -> None:
        self.runner.bus.put(
            ecr_image_action(
                account=self.current_account,
                region=self.region,
                action=action,
                succeeded=succeeded,
                repository=self._get_param("repositoryName"),
                digest=digest,
                tag=tag,
                media_types=types,
            )
        )

    def _key_id(self) -> str:
        """Return the access key id of the signature in the header.

        A presigned request has its signature in the URL. Such a request gets no password, because everybody who has the
        URL can send the request.

        Raises:
            EcrError: The header has no signature.
        """
        header: str = self.headers.get("Authorization", "")
        if not header.startswith(ALGORITHM):
            raise EcrError("InvalidParameterException", "The Authorization header must contain the signature")
        return header.partition("Credential=")[2].partition("/")[0]


def expire(clock: Clock) -> None:
    """Apply the lifecycle policies of all repositories at the current time of the local AWS's clock."""
    now = datetime.now(UTC) + timedelta(seconds=clock.ahead)
    for regions in ecr_backends.values():
        for backend in regions.values():
            for repository in backend.repositories.values():
                lifecycle_policies.expire(repository, now)


def layer(account: str, region: str, repository: str, digest: str) -> bytes:
    """Return the bytes of a layer.

    Raises:
        KeyError: The repository does not have the layer.
        RepositoryNotFoundException: The repository does not exist.
    """
    return _layers(ecr_backends[account][region], repository)[digest]


def _layers(backend: ECRBackend, repository: str) -> dict[str, bytes]:
    """Return the bytes of the repository's layers by digest."""
    layers: dict[str, bytes] = vars(backend._get_repository(repository)).setdefault("kept_layers", {})
    return layers
