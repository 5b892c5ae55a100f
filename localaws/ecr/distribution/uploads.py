"""Uploads of blobs: registry clients send chunks of any size, and ECR receives parts of one size.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
"""

from localaws.clients import Client
from localaws.ecr.manifest import digest


class Upload:
    """One upload of a blob to a repository.

    The upload sends its bytes to ECR only when all bytes are received and the digest is correct. The reason is that
    ECR's API cannot cancel an upload, and moto keeps the parts of an unfinished upload.
    """

    def __init__(self, ecr: Client, repository: str) -> None:
        """Initiate the upload.

        Raises:
            ClientError: ECR refuses the upload. `complete()` raises this error too.
        """
        answer = ecr.initiate_layer_upload(repositoryName=repository)
        self.repository = repository
        self.id: str = answer["uploadId"]
        self._part_size: int = answer["partSize"]
        self._content = bytearray()

    @property
    def received(self) -> int:
        """The number of bytes received."""
        return len(self._content)

    @property
    def digest(self) -> str:
        """The digest of the bytes received."""
        return digest(self._content)

    def write(self, chunk: bytes) -> None:
        """Append a chunk."""
        self._content += chunk

    def complete(self, ecr: Client, layer: str) -> None:
        """Send all bytes to ECR in parts and complete the layer."""
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
