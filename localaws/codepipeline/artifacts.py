"""The zip files in the artifact bucket. A role puts and gets them with S3's API.

https://docs.aws.amazon.com/codepipeline/latest/userguide/welcome-introducing-artifacts.html
"""

import io
import secrets
import zipfile
from dataclasses import dataclass

from botocore.exceptions import ClientError

from localaws.codepipeline.execution import ActionFailedError, ArtifactLocation
from localaws.iam.roles import AssumedRole
from localaws.json_types import JsonObject


@dataclass(frozen=True)
class ArtifactStore:
    """The artifact bucket of a pipeline, with the KMS key that encrypts the artifacts."""

    bucket: str
    kms_key: str | None

    @classmethod
    def of(cls, pipeline: JsonObject) -> "ArtifactStore":
        """Return the artifact store of a pipeline's declaration."""
        store = pipeline["artifactStore"]
        return cls(store["location"], store.get("encryptionKey", {}).get("id"))

    def new_location(self, pipeline: str, artifact: str) -> ArtifactLocation:
        """Return a location for a new artifact.

        As on AWS, the object key contains the shortened names of the pipeline and of the artifact.
        """
        return ArtifactLocation(self.bucket, f"{pipeline[:20]}/{artifact[:10]}/{secrets.token_hex(4)[:7]}")

    def put(self, role: AssumedRole, location: ArtifactLocation, files: dict[str, bytes]) -> None:
        """Put files into the bucket as one zip file."""
        put_zip(role, location, files, kms_key=self.kms_key)


def put_zip(role: AssumedRole, location: ArtifactLocation, files: dict[str, bytes], *, kms_key: str | None) -> None:
    """Put files into a bucket as one zip file.

    S3 encrypts the zip file with `kms_key`. If `kms_key` is None, S3 uses its AWS managed key.
    """
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    encryption = {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": kms_key} if kms_key else {})
    role.client("s3").put_object(Bucket=location.bucket, Key=location.key, Body=blob.getvalue(), **encryption)


def get_zip(role: AssumedRole, location: ArtifactLocation) -> zipfile.ZipFile:
    """Return a zip file from a bucket.

    Raises:
        ClientError: The object does not exist, or the role lacks a permission.
    """
    body = role.client("s3").get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    return zipfile.ZipFile(io.BytesIO(body))


def input_artifact(role: AssumedRole, location: ArtifactLocation) -> zipfile.ZipFile:
    """Return the input artifact of an action.

    Raises:
        ActionFailedError: S3 refuses the request. AWS has the same message for a missing object and for a missing
            permission.
    """
    try:
        return get_zip(role, location)
    except ClientError:
        raise ActionFailedError(
            "PermissionError",
            f"Unable to access the artifact with Amazon S3 object key '{location.key}' located in the Amazon S3 "
            f"artifact bucket '{location.bucket}'. The provided role does not have sufficient permissions.",
        ) from None
