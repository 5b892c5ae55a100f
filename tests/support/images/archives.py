"""Archives with images, in the formats of the versions of Docker, which no test machine has."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from operations.images.manifests import Blob, Manifest, digest
from rehearsal.images.image import CONFIG, INDEX, MANIFEST, Image

UNCOMPRESSED = "application/vnd.oci.image.layer.v1.tar"


def write(file: Path, files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> Path:
    """Write a tar archive with files and symbolic links, and return its path."""
    with tarfile.open(file, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return file


def contents(layout: Path) -> dict[str, bytes]:
    """Return the files of an OCI layout by name."""
    return {str(file.relative_to(layout)): file.read_bytes() for file in layout.rglob("*") if file.is_file()}


def saved_before_25(image: Image, name: str = "shop:latest") -> dict[str, bytes]:
    """Return the files that `docker save` wrote before Docker 25: uncompressed layers, one folder for each layer."""
    config, layer, *_ = image.blobs
    folder, config_name = "0" * 64, f"{hexadecimal(config)}.json"
    saved = {"Config": config_name, "RepoTags": [name], "Layers": [f"{folder}/layer.tar"]}
    return {
        f"{folder}/VERSION": b"1.0",
        f"{folder}/layer.tar": gzip.decompress(layer),
        config_name: config,
        "manifest.json": json.dumps([saved]).encode(),
    }


def saved_since_25(image: Image, name: str = "shop:latest", *, compressed: bool = False) -> dict[str, bytes]:
    """Return the files that `docker save` writes since Docker 25: an OCI layout with the manifest of the older format.

    Args:
        image: The image.
        name: The name of the image.
        compressed: Whether the layers are compressed, as in the image store of containerd. This store also saves the
            index of the image, but only the blobs of the image's own platform: not those of the attestation.
    """
    config, packed, *_ = image.blobs
    layer = packed if compressed else gzip.decompress(packed)
    layer_type = f"{UNCOMPRESSED}+gzip" if compressed else UNCOMPRESSED
    blobs = [Blob(digest(each), len(each)) for each in (config, layer)]
    manifest = Manifest.of((CONFIG, blobs[0]), [(layer_type, blobs[1])]).text.encode()
    top, media_type = (image.index, INDEX) if compressed else (manifest, MANIFEST)
    annotations = {
        "io.containerd.image.name": f"docker.io/library/{name}",
        "org.opencontainers.image.ref.name": name.rpartition(":")[2],
    }
    described = {"mediaType": media_type, "digest": digest(top), "size": len(top), "annotations": annotations}
    saved = {"Config": blob(config), "RepoTags": [name], "Layers": [blob(layer)]}
    return {
        **{blob(each): each for each in (config, layer, manifest, top)},
        "index.json": json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [described]}).encode(),
        "manifest.json": json.dumps([saved]).encode(),
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
    }


def blob(content: bytes) -> str:
    """Return the name of a blob in an OCI layout."""
    return f"blobs/sha256/{hexadecimal(content)}"


def hexadecimal(content: bytes) -> str:
    """Return a digest without its algorithm."""
    return digest(content).removeprefix("sha256:")
