"""The artifact bucket: zips, put and fetched through the S3 API by the role that needs them.

https://docs.aws.amazon.com/codepipeline/latest/userguide/welcome-introducing-artifacts.html
"""

import io
import secrets
import zipfile
from dataclasses import dataclass

from botocore.exceptions import ClientError

from localaws.codepipeline.execution import ActionFailedError, ArtifactLocation
from localaws.iam.roles import ActingRole
from localaws.json_types import JsonObject


@dataclass(frozen=True)
class ArtifactStore:
    """The bucket of one pipeline, with the key that encrypts what is put there."""

    bucket: str
    kms_key: str | None

    @classmethod
    def of(cls, pipeline: JsonObject) -> "ArtifactStore":
        """Read it from a pipeline's declaration."""
        store = pipeline["artifactStore"]
        return cls(store["location"], store.get("encryptionKey", {}).get("id"))

    def place(self, pipeline: str, artifact: str) -> ArtifactLocation:
        """Choose where a new artifact will lie; AWS shortens the names in the key as this does."""
        return ArtifactLocation(self.bucket, f"{pipeline[:20]}/{artifact[:10]}/{secrets.token_hex(4)[:7]}")

    def put(self, role: ActingRole, location: ArtifactLocation, files: dict[str, bytes]) -> None:
        """Put files into the bucket as one zip."""
        put_zip(role, location, files, kms_key=self.kms_key)


def put_zip(role: ActingRole, location: ArtifactLocation, files: dict[str, bytes], *, kms_key: str | None) -> None:
    """Put files into a bucket as one zip, encrypted with the key or, without one, with AWS's own key for S3."""
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    encryption = {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": kms_key} if kms_key else {})
    role.client("s3").put_object(Bucket=location.bucket, Key=location.key, Body=blob.getvalue(), **encryption)


def get_zip(role: ActingRole, location: ArtifactLocation) -> zipfile.ZipFile:
    """Fetch a zip; the S3 API's own error if there is none."""
    body = role.client("s3").get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    return zipfile.ZipFile(io.BytesIO(body))


def input_artifact(role: ActingRole, location: ArtifactLocation) -> zipfile.ZipFile:
    """Fetch an action's input; AWS says the same of an object that is missing and of one that it may not read."""
    try:
        return get_zip(role, location)
    except ClientError:
        raise ActionFailedError(
            "PermissionError",
            f"Unable to access the artifact with Amazon S3 object key '{location.key}' located in the Amazon S3 "
            f"artifact bucket '{location.bucket}'. The provided role does not have sufficient permissions.",
        ) from None
