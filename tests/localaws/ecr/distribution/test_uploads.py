"""Uploads split chunks of any size into parts of the size that ECR accepts."""

from typing import Any

import pytest

from localaws.ecr.distribution.uploads import Upload
from localaws.ecr.manifest import digest


class Ecr:
    """A client of an ECR that accepts parts of four bytes."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, int, bytes]] = []
        self.completed: list[Any] = []

    def initiate_layer_upload(self, **_: Any) -> dict[str, Any]:
        return {"uploadId": "id", "partSize": 4}

    def upload_layer_part(self, **part: Any) -> None:
        self.parts.append((part["partFirstByte"], part["partLastByte"], part["layerPartBlob"]))

    def complete_layer_upload(self, **completed: Any) -> None:
        self.completed.append(completed)


@pytest.mark.parametrize("chunks", [[b"0123456789"], [b"0", b"12345", b"", b"6789"], [b"0123", b"4567", b"89"]])
def test_chunks_become_parts(chunks: list[bytes]) -> None:
    ecr = Ecr()
    upload = Upload(ecr, "shop")
    for chunk in chunks:
        upload.write(chunk)
    upload.complete(ecr, "sha256:0")

    assert (upload.received, upload.digest) == (10, digest(b"0123456789"))
    assert ecr.parts == [(0, 3, b"0123"), (4, 7, b"4567"), (8, 9, b"89")]
    assert ecr.completed == [{"repositoryName": "shop", "uploadId": "id", "layerDigests": ["sha256:0"]}]


def test_an_upload_of_whole_parts_has_no_empty_last_part() -> None:
    ecr = Ecr()
    upload = Upload(ecr, "shop")
    upload.write(b"01234567")
    upload.complete(ecr, "sha256:0")

    assert [part for *_, part in ecr.parts] == [b"0123", b"4567"]


def test_nothing_is_sent_before_the_upload_is_complete() -> None:
    ecr = Ecr()
    Upload(ecr, "shop").write(b"0123456789")

    assert ecr.parts == []
