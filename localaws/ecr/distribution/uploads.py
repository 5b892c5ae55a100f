"""Uploads of blobs, in chunks of any size, which ECR takes in parts of one size.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
"""

from typing import Any


class Upload:
    """One upload of a blob to a repository."""

    def __init__(self, ecr: Any, repository: str) -> None:
        """Initiate it.

        Raises:
            ClientError: ECR refuses it, here and in the methods.
        """
        answer = ecr.initiate_layer_upload(repositoryName=repository)
        self.repository = repository
        self.id: str = answer["uploadId"]
        self._part_size: int = answer["partSize"]
        self._sent = 0
        self._rest = b""

    @property
    def received(self) -> int:
        """How many bytes have arrived."""
        return self._sent + len(self._rest)

    def write(self, ecr: Any, chunk: bytes) -> None:
        """Take a chunk, and pass on what is whole parts."""
        self._rest += chunk
        while len(self._rest) >= self._part_size:
            self._send(ecr, self._part_size)

    def complete(self, ecr: Any, digest: str) -> None:
        """Pass on what is left, and make a layer of all."""
        if self._rest:
            self._send(ecr, len(self._rest))
        ecr.complete_layer_upload(repositoryName=self.repository, uploadId=self.id, layerDigests=[digest])

    def _send(self, ecr: Any, size: int) -> None:
        part, self._rest = self._rest[:size], self._rest[size:]
        ecr.upload_layer_part(
            repositoryName=self.repository,
            uploadId=self.id,
            partFirstByte=self._sent,
            partLastByte=self._sent + size - 1,
            layerPartBlob=part,
        )
        self._sent += size
