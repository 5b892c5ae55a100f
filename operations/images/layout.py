"""OCI image layouts, as skopeo, buildah and `docker buildx build --output type=oci` write them.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from collections.abc import Iterator

from operations.images.documents import Contents, Descriptor, LayoutVersion, Named, chosen, parsed
from operations.images.files import AGAIN, Files, IncompleteError, read, shown, verified
from operations.images.manifests import INDEXES, MEDIA_TYPES, Blob, Image, Manifest
from operations.images.source import platforms
from tools.outside import OutsideError

NAMES = ("org.opencontainers.image.ref.name", "io.containerd.image.name")
"""The annotations with the name of an image. skopeo writes a tag, and Docker writes the whole name as well.

https://github.com/opencontainers/image-spec/blob/main/annotations.md
"""
MOST_NESTED = 3
NOT_DISTRIBUTED = ("foreign", "nondistributable")
"""Parts of the media types of layers that registries do not store, such as those of Windows."""


class Layout:
    """An image in an OCI image layout.

    Args:
        files: The files of the layout.
        name: The name of the image. It is needed if the layout has several images.

    Raises:
        IncompleteError: A file is missing.
        OutsideError: The layout is invalid, or has several images and no name is given.
    """

    def __init__(self, files: Files, name: str | None) -> None:
        self._files = files
        parsed(LayoutVersion, read(files, "oci-layout"), self._place("oci-layout"))
        index = parsed(Contents, read(files, "index.json"), self._place("index.json"))
        top = chosen(_named(index.manifests), name, files.place)
        self._layers: list[Descriptor] = []
        self._manifests: dict[str, Manifest] = {}
        self._add(top, depth=0)
        self._image = Image(top.digest, tuple(self._manifests.values()), {}, ())
        for blob in self._image.blobs:
            self._check_size(blob)

    @property
    def is_compressed(self) -> bool:
        """Whether all layers are compressed, as most registries have them."""
        return not any(layer.media_type.endswith(".tar") for layer in self._layers)

    def image(self) -> Image:
        """Return the image."""
        return self._image

    def platforms(self) -> set[str]:
        """Return the platforms of the image."""
        return platforms(self, self._image)

    def download(self, blob: Blob) -> Iterator[bytes]:
        """Return the bytes of a blob in chunks.

        Raises:
            OutsideError: The bytes do not have the digest of the blob.
        """
        return verified(self._files.chunks(_path(blob.digest)), blob.digest, self._place(_path(blob.digest)))

    def _add(self, descriptor: Descriptor, *, depth: int) -> None:
        """Add a manifest after its children."""
        place = self._place(_path(descriptor.digest))
        if descriptor.digest in self._manifests:
            return
        if depth > MOST_NESTED:
            raise OutsideError(f"{place}: indexes must not be nested deeper than {MOST_NESTED} levels")
        if descriptor.media_type not in MEDIA_TYPES:
            raise OutsideError(
                f"{place}: the media type must be that of an OCI or Docker image, got {shown(descriptor.media_type)}; "
                "write the image with docker, buildah or skopeo"
            )
        self._check_size(Blob(descriptor.digest, descriptor.size))
        text = b"".join(verified(iter([read(self._files, _path(descriptor.digest))]), descriptor.digest, place))
        contents = parsed(Contents, text, place)
        self._check(contents, descriptor, place)
        for child in contents.manifests:
            self._add(child, depth=depth + 1)
        self._layers += contents.layers
        self._manifests[descriptor.digest] = Manifest(text.decode(), descriptor.media_type)

    def _check(self, contents: Contents, descriptor: Descriptor, place: str) -> None:
        """Raise if a manifest is not what its media type says."""
        is_index = descriptor.media_type in INDEXES
        if contents.media_type not in (None, descriptor.media_type):
            raise OutsideError(f"{place}: mediaType must be {descriptor.media_type}, as its descriptor says; {AGAIN}")
        if is_index and (contents.config or contents.layers):
            raise OutsideError(f"{place}: an index must have manifests, and no config or layers; {AGAIN}")
        if not is_index and (contents.manifests or not contents.config):
            raise OutsideError(f"{place}: a manifest must have a config, and no manifests; {AGAIN}")
        for layer in contents.layers:
            if any(part in layer.media_type for part in NOT_DISTRIBUTED):
                raise OutsideError(f"{place}: ECR does not store layers of the media type {shown(layer.media_type)}")

    def _check_size(self, blob: Blob) -> None:
        place, size = self._place(_path(blob.digest)), self._files.size_bytes(_path(blob.digest))
        if size is None:
            raise IncompleteError(f"{place}: the file is missing; {AGAIN}")
        if size != blob.size_bytes:
            raise OutsideError(f"{place}: must have {blob.size_bytes:,} bytes, got {size:,}; {AGAIN}")

    def _place(self, name: str) -> str:
        return f"{self._files.place}: {name}"


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _named(images: list[Descriptor]) -> list[Named[Descriptor]]:
    """Return each image with all its names."""
    names: dict[str, list[str]] = {each.digest: [] for each in images}
    for each in images:
        names[each.digest] += filter(None, ((each.annotations or {}).get(annotation) for annotation in NAMES))
    found = {each.digest: each for each in images}
    return [Named(names[digest], _description(each), each) for digest, each in found.items()]


def _description(image: Descriptor) -> str:
    platform = f" ({image.platform.os}/{image.platform.architecture})" if image.platform else ""
    return f"{image.digest}{platform}"
