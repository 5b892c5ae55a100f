"""Pushes and deletions through the API of ECR become events, and layers can be had again: with moto, neither is so."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecr.responses import ECRResponse

from localaws.clock import Clock
from localaws.control import LAYERS_PATH
from localaws.ecr import lifecycle_policies
from localaws.ecr.distribution.authorization import USER, Tokens
from localaws.ecr.errors import EcrError
from localaws.ecr.events import ecr_image_action, media_types
from localaws.runner import Runner
from localaws.signatures import ALGORITHM


class EcrApi(ECRResponse):
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]
    tokens: ClassVar[Tokens]

    def get_authorization_token(self) -> ActionResult:
        """Give a password for `/v2/`, another one each time; moto's is always the same, and long expired."""
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
        """Keep the bytes of a layer; moto keeps only their number."""
        name = self._get_param("repositoryName")
        upload = self.ecr_backend._get_repository(name).uploads.get(self._get_param("uploadId"))
        answer = super().complete_layer_upload()
        completed: Any = answer.result
        if upload:
            _kept(self.ecr_backend, name)[completed["layerDigest"]] = bytes(upload.layer_parts)
        return answer

    def get_download_url_for_layer(self) -> ActionResult:  # type: ignore[override] # moto has none
        """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html"""
        name, digest = self._get_param("repositoryName"), self._get_param("layerDigest")
        if digest not in _kept(self.ecr_backend, name):
            raise EcrError(
                "LayersNotFoundException",
                f"The layer with digest {digest} does not exist within the repository with name '{name}' "
                f"in the registry with id '{self.current_account}'",
            )
        place = {"account": self.current_account, "region": self.region, "repository": name, "digest": digest}
        url = self.runner.presigned(LAYERS_PATH, self.region, place)
        return ActionResult({"downloadUrl": url, "layerDigest": digest})

    def list_image_referrers(self) -> ActionResult:
        """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html"""
        repository = self.ecr_backend._get_repository(self._get_param("repositoryName"))
        subject = self._get_param("subjectId")["imageDigest"]
        found = [
            (image, said)
            for image in repository.images
            if (said := json.loads(image.image_manifest)).get("subject", {}).get("digest") == subject
        ]
        return ActionResult(
            {
                "referrers": [
                    {
                        "digest": image.image_digest,
                        "mediaType": image.image_manifest_media_type,
                        "artifactType": said.get("artifactType") or said["config"]["mediaType"],
                        "size": len(image.image_manifest.encode()),
                        "annotations": said.get("annotations", {}),
                        "artifactStatus": "ACTIVE",
                    }
                    for image, said in found
                ]
            }
        )

    def put_image(self) -> ActionResult:
        """Push an image. In the event of one without a tag the tag is empty."""
        tag = self._get_param("imageTag") or ""
        try:
            answer = super().put_image()
        except Exception:
            self._tell("PUSH", succeeded=False, digest=self._get_param("imageDigest"), tag=tag)
            raise
        pushed: Any = answer.result
        types = media_types(self._get_param("imageManifest"), self._get_param("imageManifestMediaType"))
        self._tell("PUSH", succeeded=True, digest=pushed["image"].image_digest, tag=tag, types=types)
        expire(self.runner.clock)
        return answer

    def batch_delete_image(self) -> ActionResult:
        answer = super().batch_delete_image()
        outcome: Any = answer.result
        for deleted in outcome["imageIds"]:
            self._tell("DELETE", succeeded=True, digest=deleted.image_digest, tag=deleted.image_tag)
        for failure in outcome["failures"]:
            image = failure["imageId"]
            self._tell("DELETE", succeeded=False, digest=image.get("imageDigest"), tag=image.get("imageTag"))
        return answer

    def _tell(
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
        """The access key id of the signature in the header. A presigned address has none: anybody may use it."""
        header: str = self.headers.get("Authorization", "")
        if not header.startswith(ALGORITHM):
            raise EcrError("InvalidParameterException", "A password is given to a request that is signed in its header")
        return header.partition("Credential=")[2].partition("/")[0]


def expire(clock: Clock) -> None:
    """Let the lifecycle policies of all repositories expire images, by the time that this clock has."""
    now = datetime.now(UTC) + timedelta(seconds=clock.ahead)
    for regions in ecr_backends.values():
        for backend in regions.values():
            for repository in backend.repositories.values():
                lifecycle_policies.expire(repository, now)


def layer(account: str, region: str, repository: str, digest: str) -> bytes:
    """Return the bytes of a layer.

    Raises:
        KeyError: The layer is gone.
        RepositoryNotFoundException: So is its repository.
    """
    return _kept(ecr_backends[account][region], repository)[digest]


def _kept(backend: ECRBackend, repository: str) -> dict[str, bytes]:
    kept: dict[str, bytes] = vars(backend._get_repository(repository)).setdefault("kept_layers", {})
    return kept
