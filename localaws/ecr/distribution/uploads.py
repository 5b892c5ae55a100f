"""Uploads of blobs, in chunks of any size, which ECR takes in parts of one size.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
"""

from typing import Any

from localaws.ecr.manifest import digest


class Upload:
    """One upload of a blob to a repository.

    ECR gets nothing before all is there and is what its digest says: its API cannot cancel an upload, and moto keeps
    what was sent for one that does not end.
    """

    def __init__(self, ecr: Any, repository: str) -> None:
        """Initiate it.

        Raises:
            ClientError: ECR refuses it, here and in the methods.
        """
        answer = ecr.initiate_layer_upload(repositoryName=repository)
        self.repository = repository
        self.id: str = answer["uploadId"]
        self._part_size: int = answer["partSize"]
        self._content = bytearray()

    @property
    def received(self) -> int:
        """How many bytes have arrived."""
        return len(self._content)

    @property
    def digest(self) -> str:
        """The digest of what has arrived."""
        return digest(self._content)

    def write(self, chunk: bytes) -> None:
        """Take a chunk."""
        self._content += chunk

    def complete(self, ecr: Any, layer: str) -> None:
        """Pass everything on in parts, and make a layer of it."""
        for first in range(0, self.received, self._part_size):
            part = bytes(self._content[first : first + self._part_size])
            ecr.upload_layer_part(
                repositoryName=self.repository,
                uploadId=self.id,
                partFirstByte=first,
                partLastByte=first + len(part) - 1,
                layerPartBlob=part,
            )
        ecr.complete_layer_upload(repositoryName=self.repository, uploadId=self.id, layerDigests=[layer])
