"""The pull of an image from ECR. tests/localaws/ecs/test_tasks.py has denied and missing images."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from localaws.ecs import image_pull
from localaws.ecs.image_pull import PulledImage, PullError, pull
from localaws.iam.roles import AssumedRole
from operations.images.manifests import digest
from rehearsal.images.image import Image

ACCOUNT, REGION = "123456789012", "eu-west-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop:latest"
BUILT = Image.build(b"hello")
CONTENT = {digest(each): each for each in (BUILT.index, *BUILT.manifests, *BUILT.blobs)}


class Ecr:
    """A client of an ECR with one image, whose download URLs end with the digests of the layers."""

    def get_authorization_token(self) -> None:
        pass

    def batch_get_image(self, **request: Any) -> dict[str, Any]:
        [image] = request["imageIds"]
        found = image.get("imageDigest", digest(BUILT.index))
        return {"images": [{"imageId": {"imageDigest": found}, "imageManifest": CONTENT[found].decode()}]}

    def batch_check_layer_availability(self, **_: Any) -> None:
        pass

    def get_download_url_for_layer(self, **request: Any) -> dict[str, str]:
        return {"downloadUrl": f"http://layers/{request['layerDigest']}"}


def pulled(monkeypatch: pytest.MonkeyPatch, *, missing: str = "") -> PulledImage | None:
    """Pull the image. One of its blobs may be missing."""

    def send(request: Any) -> SimpleNamespace:
        blob = request.url.rpartition("/")[2]
        return SimpleNamespace(status_code=404 if blob == missing else 200, content=CONTENT[blob])

    monkeypatch.setattr(image_pull, "URLLib3Session", lambda **_: SimpleNamespace(send=send))
    role = SimpleNamespace(client=lambda _: Ecr(), account=ACCOUNT, region=REGION)
    return pull(cast(AssumedRole, role), IMAGE, {})


def test_an_image_is_its_configuration_and_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    image = pulled(monkeypatch)

    assert image
    assert image.digest == digest(BUILT.index)
    assert image.config["architecture"] == "amd64"
    assert image.layers == (BUILT.blobs[1],)


@pytest.mark.parametrize("number", [0, 1])
def test_a_missing_blob_fails_the_pull(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error answer must not be used as the configuration or the layer."""
    missing = digest(BUILT.blobs[number])

    with pytest.raises(
        PullError, match=rf"^CannotPullContainerError: .*/shop:latest: .* {missing}: .* status code 404$"
    ):
        pulled(monkeypatch, missing=missing)
