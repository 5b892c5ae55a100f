"""OCI image layouts in a folder, as skopeo and buildah read them.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

import json
from collections.abc import Sequence
from pathlib import Path

from operations.images.manifests import digest
from rehearsal.images.image import INDEX, Image


def write_layout(folder: Path, images: Sequence[Image]) -> str:
    """Write one index of all manifests of the images, tagged `latest`, and return its digest."""
    manifests = [each for image in images for each in json.loads(image.index)["manifests"]]
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for image in images:
        for blob in (*image.blobs, *image.manifests, index):
            (blobs / digest(blob).removeprefix("sha256:")).write_bytes(blob)
    named = {"org.opencontainers.image.ref.name": "latest"}
    top = {"mediaType": INDEX, "digest": digest(index), "size": len(index), "annotations": named}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    return digest(index)
