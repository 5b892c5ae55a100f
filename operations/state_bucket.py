"""The program behind `make state-bucket`: makes the bucket for an environment's state, once."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from operations import command
from operations.command import CONSOLE
from operations.sessions import session
from settings import Settings, SettingsError
from tools import toolchain
from tools.toolchain import files, lock
from tools.toolchain.cli import Cdktf
from tools.toolchain.files import FileError

APP = "python main.py state-bucket"


def main() -> int:
    """Make the bucket of the environment that is named on the command line, or say why not."""
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
    """Make the bucket, or what one that was begun still lacks; what was done. Its stack's state lies in `folder`."""
    state = settings.state
    if state.backend != "s3":
        raise SettingsError(
            f"{settings.environment}.state.backend is {state.backend!r}: a bucket is made for 's3' only"
        )
    stack = settings.stacks.state
    there = f"The bucket {state.bucket} is there already; nothing was done."
    state_file = folder / f"terraform.{stack}.tfstate"
    exists = _exists(settings)
    if state_file.exists():
        _refuse_another(settings, state_file)
    elif exists:
        _refuse_unfit(settings)
        return there
    cdktf = Cdktf(
        folder,
        variables=os.environ,
        app=APP,
        # Not the folder of the other stacks, whose plans lie there.
        output_folder=folder / "cdktf.out.state",
        on_progress=lambda _: None,
    )
    with lock.held(cdktf.output_folder, by=f"make state-bucket ENV={settings.environment}"):
        if not cdktf.deploy(stack):
            return there
    return f"The bucket {state.bucket} is made: versioned, encrypted, TLS only, without public access."


def _exists(settings: Settings) -> bool:
    """Whether the account has the bucket; a name that another account has is refused."""
    try:
        _s3(settings).head_bucket(Bucket=settings.state.bucket)
    except ClientError as error:
        match _code(error):
            case "404":
                return False
            case "403":
                raise SettingsError(
                    f"{settings.environment}.state.bucket: must be a name that no other account has, or one that these "
                    f"credentials may look at, got {settings.state.bucket!r}"
                ) from None
        raise
    return True


def _refuse_another(settings: Settings, state_file: Path) -> None:
    """Refuse another name than that of the bucket that was made here: Terraform would replace it, and never does."""
    state = files.json_object(state_file)
    try:
        buckets = [
            instance["attributes"]["bucket"]
            for resource in state["resources"]
            for instance in (resource["instances"] if resource["type"] == "aws_s3_bucket" else [])
        ]
    except (LookupError, TypeError):
        raise FileError(f"{state_file}: is not a state of Terraform") from None
    for made in buckets:
        if made != settings.state.bucket:
            raise SettingsError(
                f"{settings.environment}.state.bucket: must stay {made!r}, the bucket that was made from here "
                f"({state_file.name}), got {settings.state.bucket!r}: to make another besides, put that file away"
            )


def _refuse_unfit(settings: Settings) -> None:
    """Refuse a bucket that somebody else made, or that was only begun, if state is not safe in it."""
    s3, bucket = _s3(settings), settings.state.bucket
    region = s3.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
    blocked = _unless("NoSuchPublicAccessBlockConfiguration", lambda: s3.get_public_access_block(Bucket=bucket)).get(
        "PublicAccessBlockConfiguration", {"": False}
    )
    policy = _unless("NoSuchBucketPolicy", lambda: s3.get_bucket_policy(Bucket=bucket)).get("Policy", "")
    wanted = settings.state.region or settings.region
    fit = {
        f"in {wanted}": region == wanted,
        "versioned": s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled",
        "TLS only": "aws:SecureTransport" in policy,
        "without public access": all(blocked.values()),
    }
    if lacking := [what for what, is_so in fit.items() if not is_so]:
        raise SettingsError(
            f"{settings.environment}.state.bucket: must be a bucket that is {', '.join(fit)}, and {bucket!r} is there "
            f"already and is not {', not '.join(lacking)}: where it was begun, run this again; else delete it if "
            "it is empty, or name another"
        )


def _unless(code: str, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer, empty where AWS has none."""
    try:
        return ask()
    except ClientError as error:
        if _code(error) != code:
            raise
        return {}


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _s3(settings: Settings) -> Any:
    return session(settings, "state-bucket", region=settings.state.region).client("s3")


if __name__ == "__main__":
    sys.exit(main())
