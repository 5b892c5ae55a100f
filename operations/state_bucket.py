"""The program behind `make state-bucket`: makes the bucket for an environment's state, once."""

import os
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

import toolchain
from settings import Settings, SettingsError, find
from toolchain.cli import Cdktf, CommandError

APP = "python main.py state-bucket"


def main() -> None:
    """Make the bucket of the environment that is named on the command line, or say why not."""
    settings_file = Path(os.environ.get("ENVIRONMENTS_FILE", toolchain.ROOT / "environments.toml"))
    folder = Path(os.environ.get("CDKTF_OUTPUT", toolchain.ROOT / "cdktf.out")).parent
    try:
        print(make(find(settings_file, sys.argv[1]), folder))  # noqa: T201 - its only output
    except (SettingsError, CommandError, ClientError, BotoCoreError) as error:
        sys.exit(f"✗ {error}")


def make(settings: Settings, folder: Path) -> str:
    """Make the bucket unless it is there; what was done. Its stack's state lies in `folder`."""
    state = settings.state
    if state.backend != "s3":
        raise SettingsError(
            f"{settings.environment}.state.backend is {state.backend!r}: a bucket is made for 's3' only"
        )
    if _exists(settings):
        return f"The bucket {state.bucket} is there already; nothing was done."
    cdktf = Cdktf(
        folder,
        variables={**os.environ, "CDKTF_APP": APP},
        # Not the folder of the other stacks, whose plans lie there.
        output_folder=folder / "cdktf.out.state",
        on_progress=lambda _: None,
    )
    cdktf.deploy(f"{settings.environment}-state")
    return f"The bucket {state.bucket} is made: versioned, encrypted, TLS only, without public access."


def _exists(settings: Settings) -> bool:
    """Whether the account has the bucket; that of another account is an error, as AWS says it."""
    try:
        _s3(settings).head_bucket(Bucket=settings.state.bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return False
        raise
    return True


def _s3(settings: Settings) -> Any:
    session = boto3.Session(region_name=settings.state.region or settings.region)
    if not settings.role_arn:
        return session.client("s3")
    answer = session.client("sts").assume_role(RoleArn=settings.role_arn, RoleSessionName="state-bucket")
    credentials = answer["Credentials"]
    return session.client(
        "s3",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


if __name__ == "__main__":
    main()
