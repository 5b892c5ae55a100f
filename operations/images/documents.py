"""The JSON documents of local images, validated before anything else reads them.

https://github.com/opencontainers/image-spec/blob/main/descriptor.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from operations.images.files import AGAIN, shown
from tools.outside import OutsideError

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
"""A digest. ECR accepts no other algorithm."""
DOCKER_HUB = ("docker.io/", "docker.io/library/")
"""The parts of names that the docker command leaves out."""
MOST_NAMED = 10
Document = TypeVar("Document")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class Platform(_Model):
    """A platform, in an index or in a configuration."""

    os: str = "unknown"
    architecture: str = "unknown"


class Parameters(_Model):
    """The execution parameters of an image, for which a task definition can have other values."""

    user: str = Field(default="", alias="User")
    ports: dict[str, object] | None = Field(default=None, alias="ExposedPorts")


class ImageConfiguration(Platform):
    """The configuration of an image.

    https://github.com/opencontainers/image-spec/blob/main/config.md
    """

    parameters: Parameters | None = Field(default=None, alias="config")


class Descriptor(_Model):
    """A reference to a blob or a manifest."""

    media_type: str = Field(alias="mediaType")
    digest: Digest
    size: Annotated[int, Field(ge=0, lt=2**50)]
    annotations: dict[str, str] | None = None
    platform: Platform | None = None


class Contents(_Model):
    """A manifest with a configuration and layers, or an index with manifests."""

    schema_version: Literal[2] = Field(alias="schemaVersion")
    media_type: str | None = Field(default=None, alias="mediaType")
    config: Descriptor | None = None
    layers: list[Descriptor] = []
    manifests: list[Descriptor] = []


class LayoutVersion(_Model):
    """The file `oci-layout`."""

    version: Literal["1.0.0"] = Field(alias="imageLayoutVersion")


class RootFilesystem(_Model):
    """The layers of a configuration."""

    diff_ids: list[Digest]
    """The digests of the uncompressed layers."""


class Configuration(Platform):
    """The configuration of an image in a docker archive."""

    rootfs: RootFilesystem


class SavedImage(_Model):
    """An image in the file `manifest.json` of a docker archive.

    https://github.com/moby/moby/blob/master/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format
    """

    config: str = Field(alias="Config")
    names: list[str] | None = Field(default=None, alias="RepoTags")
    layers: list[str] = Field(alias="Layers")


def parsed(kind: type[Document], content: bytes, place: str) -> Document:
    """Return a document.

    Args:
        kind: The type of the document.
        content: The JSON.
        place: The file, for the error message.

    Raises:
        OutsideError: The document is invalid. The message names the first error.
    """
    try:
        return TypeAdapter(kind).validate_json(content)
    except ValidationError as invalid:
        error = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
        where = f"{shown('.'.join(map(str, error['loc'])))}: " if error["loc"] else ""
        fault = error["msg"].replace("Input should", "must").replace("String should", "must")
        raise OutsideError(f"{place}: {where}{fault}; {AGAIN}") from None


@dataclass(frozen=True)
class Named(Generic[Document]):
    """An image in a folder or in an archive with several images."""

    names: list[str]
    """The names of the image. A user may leave out the name of Docker Hub."""
    description: str
    """What a message shows in place of a name if the image has none."""
    image: Document


def chosen(images: Sequence[Named[Document]], name: str | None, place: str) -> Document:
    """Return the image with a name. Without a name, return the only image.

    Raises:
        OutsideError: No image has the name, or the images are several. The message lists the images.
    """
    short = [[each.removeprefix(hub) for each in named.names for hub in ("", *DOCKER_HUB)] for named in images]
    found = [each for each, names in zip(images, short, strict=True) if name is None or name in names]
    if len(found) == 1:
        return found[0].image
    last = [[each.description, *names][-1] for each, names in zip(images, short, strict=True)]
    listed = [shown(each) for each in last[:MOST_NAMED]]
    there = ", ".join([*listed, *(["…"] if len(images) > MOST_NAMED else [])]) or "none"
    if name and not found:
        raise OutsideError(f"{place}: must contain an image with the name {shown(name)}, got {there}")
    raise OutsideError(f"{place}: must contain one image, got {there}; choose one of several: IMAGE={place}:<name>")
