"""Check of the bucket with Terraform's state."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from operations import reasons
from operations.preflight.context import Context
from operations.preflight.finding import Finding, not_checked, ok, problem, warning

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PLACE = "state bucket"


def check(context: Context) -> Iterator[Finding]:
    """Check the bucket of the state. For a local state, say that no other machine has it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    settings, state = context.settings, context.settings.state
    if state.backend == "local":
        yield _local(context)
        return
    s3, name, setting = client(context), state.bucket or "", f"{settings.environment}.state"
    try:
        region = s3.head_bucket(Bucket=name).get("BucketRegion")
    except ClientError as error:
        yield _without_bucket(context, error)
        return
    wanted = state.region or settings.region
    if region and region != wanted:
        yield problem(
            PLACE,
            f"{setting}.region: the bucket {name} is in {region}, and the settings say {wanted}",
            advice=f'set {setting}.region = "{region}"',
        )
    if s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled":
        yield warning(
            PLACE,
            f"the bucket {name} keeps no old versions, so a damaged state cannot be restored",
            advice=f"run `aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled`",
        )
    else:
        yield ok(PLACE, f"the bucket {name} exists, and keeps old versions")


def client(context: Context) -> "S3Client":
    """Return the client for the bucket, in the region of the bucket."""
    made: S3Client = context.client("s3", region=context.settings.state.region)
    return made


def _local(context: Context) -> Finding:
    settings, folder = context.settings, context.state_folder
    if not settings.protect:
        return ok(PLACE, f"no bucket; the state is local, in {folder}")
    return warning(
        PLACE,
        f"the state of a protected environment is only on this machine, in {folder}",
        advice='keep the state in S3, as docs/operations.md says in "State in S3"',
    )


def _without_bucket(context: Context, error: ClientError) -> Finding:
    settings = context.settings
    name, environment = settings.state.bucket, settings.environment
    if error.response["Error"]["Code"] == "404":
        return problem(
            PLACE,
            f"{environment}.state.bucket: the bucket {name} does not exist",
            advice=f"run `make state-bucket ENV={environment}`",
        )
    if reasons.is_denied(error):
        return not_checked(
            PLACE,
            f"{reasons.reason(error)} on the bucket {name}, or the bucket belongs to another account",
            advice="Terraform needs this permission, too",
        )
    return not_checked(PLACE, reasons.reason(error))
