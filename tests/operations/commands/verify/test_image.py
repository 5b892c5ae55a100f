"""Images of a size, and of a kind, that no test uploads."""

from types import SimpleNamespace
from typing import Any

import pytest

from operations.commands.verify import image
from operations.images.manifests import CONFIG, LAYER, Blob, Image, Manifest
from operations.preflight.finding import Finding, Kind

DIGEST = f"sha256:{'0' * 64}"
GIB = 2**30


def findings(size_bytes: int, config: bytes) -> list[Finding]:
    """Return the findings about an image with one layer of this size."""
    manifest = Manifest.of((CONFIG, Blob(DIGEST, len(config))), [(LAYER, Blob(DIGEST, size_bytes))])
    repository = SimpleNamespace(
        name="shop-dev",
        unsigned=lambda _: Image(manifest.digest, (manifest,), {}, ()),
        download=lambda _: iter([config]),
    )
    deployed: Any = SimpleNamespace(
        repository=repository, image=lambda _: object(), access=SimpleNamespace(deployed=_Nothing)
    )
    definition = SimpleNamespace(
        platform="linux/amd64", ephemeral_gib=20, user="1000:1000", readonly_root=False, ports=(3000,)
    )
    subject: Any = SimpleNamespace(image=manifest.digest, definition=definition)
    return [*image.check(deployed, subject)]


class _Nothing:
    def __enter__(self) -> None:
        """Do nothing, as for an environment that is deployed."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


@pytest.mark.parametrize(("size", "kind"), [(9 * GIB, Kind.OK), (10 * GIB, Kind.PROBLEM), (11 * GIB, Kind.PROBLEM)])
def test_the_image_must_fit_two_times_into_the_storage(size: int, kind: Kind) -> None:
    """The compressed layers are there as well as the uncompressed layers, which are at least as large."""
    found = findings(size, b'{"os": "linux", "architecture": "amd64", "config": {"User": "1000"}}')

    assert [each.kind for each in found] == [kind, Kind.OK, Kind.OK, Kind.OK]
    assert found[0].text.startswith(
        f"its layers have {size / 10**6:,.1f} MB, and a task has 20 GiB of ephemeral storage"
    )


def test_a_configuration_of_another_platform_is_a_problem() -> None:
    size, platform, *_ = findings(1, b'{"os": "linux", "architecture": "arm64"}')

    assert (size.kind, platform.kind) == (Kind.OK, Kind.PROBLEM)
    assert "for linux/arm64. The tasks need linux/amd64" in platform.text


def test_an_artifact_that_is_no_image_is_a_problem() -> None:
    _, found = findings(1, b"[]")

    assert found.kind is Kind.PROBLEM
    assert found.text.endswith("is not a container image, so no task can start")


@pytest.mark.parametrize(
    ("parameters", "kinds"),
    [
        ('{"ExposedPorts": {"3000/tcp": {}, "9000/tcp": {}}}', [Kind.OK, Kind.OK]),
        ('{"ExposedPorts": {"3000": {}}}', [Kind.OK, Kind.OK]),
        ('{"ExposedPorts": {"3000/udp": {}}}', [Kind.OK, Kind.WARNING]),
        ('{"User": "app"}', [Kind.WARNING, Kind.OK]),
        ('{"User": "1000:0"}', [Kind.OK, Kind.OK]),
    ],
)
def test_user_and_ports_are_compared_with_the_container(parameters: str, kinds: list[Kind]) -> None:
    config = f'{{"os": "linux", "architecture": "amd64", "config": {parameters}}}'

    assert [each.kind for each in findings(1, config.encode())[2:]] == kinds
