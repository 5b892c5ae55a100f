"""The program behind `make state-bucket`: makes the bucket for an environment's state, once."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from operations import command
from operations.command import CONSOLE
from settings import Settings, SettingsError
from toolchain.cli import Cdktf

APP = "python main.py state-bucket"


def main() -> int:
    """Make the bucket of the environment that is named on the command line, or say why not."""
    parser = argparse.ArgumentParser(prog="make state-bucket", description=__doc__)
    parser.add_argument("environment")
    return command.run(lambda: _run(parser.parse_args().environment))


def _run(name: str) -> int:
    settings, output_folder = command.look(name)
    with CONSOLE.status("making the bucket"):
        done = make(settings, output_folder.parent)
    CONSOLE.print(done, soft_wrap=True, highlight=False)
    return 0


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
    """Whether the account has the bucket; a name that another account has is refused."""
    try:
        _s3(settings).head_bucket(Bucket=settings.state.bucket)
    except ClientError as error:
        match error.response["Error"]["Code"]:
            case "404":
                return False
            case "403":
                raise SettingsError(
                    f"{settings.environment}.state.bucket: must be a name that no other account has, or one that these "
                    f"credentials may look at, got {settings.state.bucket!r}"
                ) from None
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
    sys.exit(main())
