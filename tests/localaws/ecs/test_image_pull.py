"""The image of a container, out of ECR; tests/localaws/ecs/test_tasks.py pulls those that are denied and missing."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from localaws.ecs import image_pull
from localaws.ecs.image_pull import PulledImage, PullError, pull
from localaws.iam.roles import ActingRole
from operations.manifests import digest
from rehearsal.images import Image

ACCOUNT, REGION = "123456789012", "eu-west-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop:latest"
BUILT = Image.build(b"hello")
CONTENT = {digest(each): each for each in (BUILT.index, *BUILT.manifests, *BUILT.blobs)}


class Ecr:
    """Has one image, whose layers are behind addresses that are their digests."""

    def get_authorization_token(self) -> None:
        pass

    def batch_get_image(self, **asked: Any) -> dict[str, Any]:
        [image] = asked["imageIds"]
        found = image.get("imageDigest", digest(BUILT.index))
        return {"images": [{"imageId": {"imageDigest": found}, "imageManifest": CONTENT[found].decode()}]}

    def batch_check_layer_availability(self, **_: Any) -> None:
        pass

    def get_download_url_for_layer(self, **asked: Any) -> dict[str, str]:
        return {"downloadUrl": f"http://layers/{asked['layerDigest']}"}


def pulled(monkeypatch: pytest.MonkeyPatch, *, gone: str = "") -> PulledImage | None:
    """Pull the image, of which one blob may be gone."""

    def send(request: Any) -> SimpleNamespace:
        blob = request.url.rpartition("/")[2]
        return SimpleNamespace(status_code=404 if blob == gone else 200, content=CONTENT[blob])

    monkeypatch.setattr(image_pull, "URLLib3Session", lambda **_: SimpleNamespace(send=send))
    role = SimpleNamespace(client=lambda _: Ecr(), account=ACCOUNT, region=REGION)
    return pull(cast(ActingRole, role), IMAGE, {})


def test_an_image_is_its_configuration_and_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    image = pulled(monkeypatch)

    assert image
    assert image.digest == digest(BUILT.index)
    assert image.config["architecture"] == "amd64"
    assert image.layers == (BUILT.blobs[1],)


@pytest.mark.parametrize("number", [0, 1])
def test_a_blob_that_cannot_be_had_is_no_part_of_an_image(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer without it was taken for the configuration or the layer."""
    gone = digest(BUILT.blobs[number])

    with pytest.raises(PullError, match=rf"^CannotPullContainerError: .*/shop:latest: .* {gone}: .* status code 404$"):
        pulled(monkeypatch, gone=gone)
