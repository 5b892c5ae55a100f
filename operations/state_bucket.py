"""The program behind `make state-bucket`: makes the bucket for an environment's state."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from operations import command
from operations.command import CONSOLE
from operations.sessions import session
from settings import Settings, SettingsError
from tools import toolchain
from tools.toolchain import files, lock
from tools.toolchain.cli import Cdktf
from tools.toolchain.files import FileError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

SELECTION = ["--state-buckets"]
"""The options of main.py."""

Answer = TypeVar("Answer")


def main() -> int:
    """Make the bucket of the environment on the command line, and return the exit code."""
    parser = command.Parser(prog="make state-bucket", description=__doc__)
    parser.add_argument("environment", type=command.environment)
    return command.run(lambda: _run(parser.parse_args().environment))


def _run(name: str) -> int:
    settings = command.settings(name)
    with command.aws_configuration(), CONSOLE.status("making the bucket"):
        done = make(settings, toolchain.output_folder().parent)
    CONSOLE.print(done, soft_wrap=True, highlight=False)
    return 0


def make(settings: Settings, folder: Path) -> str:
    """Make the bucket, or complete a bucket that an interrupted run has left, and return what was done.

    Args:
        settings: The environment.
        folder: The folder of the bucket stack's own state, which is a local file.

    Raises:
        SettingsError: The settings do not name a bucket that can hold the state.
        FileError: The file of the stack's state is damaged.
    """
    state = settings.state
    if state.backend != "s3":
        raise SettingsError(
            f"{settings.environment}.state.backend: must be 's3' for an environment with a state bucket, "
            f"got {state.backend!r}"
        )
    stack = settings.stacks.state
    unchanged = f"The bucket {state.bucket} exists already; nothing was done."
    state_file = folder / f"terraform.{stack}.tfstate"
    exists = _exists(settings)
    if state_file.exists():
        _refuse_renamed(settings, state_file)
    elif exists:
        _refuse_unsafe(settings)
        return unchanged
    cdktf = Cdktf(
        folder,
        variables=os.environ,
        selection=SELECTION,
        # The selection needs its own output folder. In `cdktf.out`, cdktf would delete the plans of all other stacks.
        output_folder=folder / "cdktf.out.state",
        on_progress=lambda _: None,
    )
    with lock.held(cdktf.output_folder, by=f"make state-bucket ENV={settings.environment}"):
        if not cdktf.deploy(stack):
            return unchanged
    return f"Made the bucket {state.bucket}: versioned, encrypted, TLS only, without public access."


def _exists(settings: Settings) -> bool:
    """Return whether the account has the bucket.

    Raises:
        SettingsError: Another account has a bucket of that name.
    """
    try:
        _s3(settings).head_bucket(Bucket=settings.state.bucket or "")
    except ClientError as error:
        match _code(error):
            case "404":
                return False
            case "403":
                raise SettingsError(
                    f"{settings.environment}.state.bucket: must be a new name, or a bucket that these credentials can "
                    f"read; AWS refuses access to {settings.state.bucket!r}"
                ) from None
        raise
    return True


def _refuse_renamed(settings: Settings, state_file: Path) -> None:
    """Refuse a new name for the bucket in the local state, because Terraform would have to replace the bucket."""
    state = files.json_object(state_file)
    try:
        buckets = [
            instance["attributes"]["bucket"]
            for resource in state["resources"]
            for instance in (resource["instances"] if resource["type"] == "aws_s3_bucket" else [])
        ]
    except (LookupError, TypeError):
        raise FileError(f"{state_file}: is not a Terraform state") from None
    for made in buckets:
        if made != settings.state.bucket:
            raise SettingsError(
                f"{settings.environment}.state.bucket: must stay {made!r}, the bucket in {state_file.name}, "
                f"got {settings.state.bucket!r}; to make another bucket, move that file away"
            )


def _refuse_unsafe(settings: Settings) -> None:
    """Refuse an existing bucket that is not safe for state. Another tool or an interrupted run can have made it."""
    s3, bucket = _s3(settings), settings.state.bucket or ""
    region = s3.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
    blocked = _unless(
        "NoSuchPublicAccessBlockConfiguration",
        lambda: s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
    )
    policy = _unless("NoSuchBucketPolicy", lambda: s3.get_bucket_policy(Bucket=bucket)["Policy"])
    wanted = settings.state.region or settings.region
    required = {
        f"the region {wanted}": region == wanted,
        "versioning": s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled",
        "a TLS-only policy": "aws:SecureTransport" in (policy or ""),
        "a public access block": blocked is not None and all(blocked.values()),
    }
    if missing := [property_ for property_, is_met in required.items() if not is_met]:
        raise SettingsError(
            f"{settings.environment}.state.bucket: must be a bucket with {', '.join(required)}; {bucket!r} exists "
            f"without {', '.join(missing)}. If `make state-bucket` was interrupted, run it again in the folder "
            "where it ran. Otherwise delete the bucket if it is empty, or name another bucket"
        )


def _unless(code: str, ask: Callable[[], Answer]) -> Answer | None:
    """Return the answer of a request, or None if AWS refuses it with this error code."""
    try:
        return ask()
    except ClientError as error:
        if _code(error) != code:
            raise
        return None


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _s3(settings: Settings) -> "S3Client":
    client: S3Client = session(settings, "state-bucket", region=settings.state.region).client("s3")
    return client


if __name__ == "__main__":
    sys.exit(main())
