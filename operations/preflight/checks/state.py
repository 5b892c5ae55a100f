"""Checks of Terraform's state: locks that are left, and resources without a state."""

import json
from collections.abc import Iterator

from botocore.exceptions import ClientError

from operations import reasons
from operations.preflight.checks import bucket
from operations.preflight.context import Context
from operations.preflight.finding import Finding, ok, problem

STATE = "state"
LOCK = "state lock"
LOCK_SUFFIX = ".tflock"
"""The suffix of the object with which Terraform locks a state in S3.

https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
"""


def locks(context: Context) -> Iterator[Finding]:
    """Look for locks of the states in S3. A lock belongs to a command that runs, or that was killed."""
    settings = context.settings
    if settings.state.backend == "local":
        yield ok(LOCK, "a local state is locked only while a command uses it")
        return
    free = True
    for stack in settings.stacks.deployment_order:
        if f"{settings.state.key(stack)}{LOCK_SUFFIX}" in _objects(context, stack):
            free = False
            yield _locked(context, stack)
    if free:
        yield ok(LOCK, "no state is locked")


def orphans(context: Context) -> Iterator[Finding]:
    """Look for resources of the environment that exist, although Terraform has no state of their stack."""
    settings, found = context.settings, False
    for stack, what, exists in (
        (settings.stacks.registry, "repository", context.repository() is not None),
        (settings.stacks.main, "service", context.service() is not None),
    ):
        if exists and not _has_state(context, stack):
            found = True
            yield problem(
                STATE,
                f"the {what} {settings.name} exists, but {_place(context, stack)} does not. Terraform would try to "
                "create everything again, and fail",
                advice=_recovery(context, stack),
            )
    if not found:
        yield ok(STATE, "no resource of the environment lacks its state")


def _locked(context: Context, stack: str) -> Finding:
    """Return the finding of a lock, with the holder that Terraform has written into it."""
    key = f"{context.settings.state.key(stack)}{LOCK_SUFFIX}"
    try:
        body = bucket.client(context).get_object(Bucket=context.settings.state.bucket or "", Key=key)["Body"].read()
        lock = json.loads(body)
        held = f"by {lock['Who']} since {lock['Created'][:16]} ({lock['Operation']})"
        lock_id = str(lock["ID"])
    except (ClientError, ValueError, LookupError, TypeError) as error:
        held, lock_id = f"(the holder is unknown, because {reasons.reason(error)})", "<ID of the lock>"
    return problem(
        LOCK,
        f"the state of {stack} is locked {held}",
        advice="wait until that command has ended. If it was killed, and nobody deploys, remove the lock with "
        f"`terraform -chdir=cdktf.out/stacks/{stack} force-unlock {lock_id}`",
    )


def _has_state(context: Context, stack: str) -> bool:
    if context.settings.state.backend == "local":
        return (context.state_folder / _file(stack)).exists()
    return context.settings.state.key(stack) in _objects(context, stack)


def _recovery(context: Context, stack: str) -> str:
    if context.settings.state.backend == "local":
        return (
            "copy the state files from the folder of the last deployment, or set "
            f"{context.settings.environment}.state.backend to the backend that has the state"
        )
    if (context.state_folder / _file(stack)).exists():
        stacks = " ".join(context.settings.stacks.deployment_order)
        return f"move the local state: `TF_CLI_ARGS_init=-force-copy cdktf deploy --migrate-state {stacks}`"
    return "restore an old version of the object, or correct the bucket and the prefix in the settings"


def _place(context: Context, stack: str) -> str:
    state = context.settings.state
    if state.backend == "local":
        return f"its state {context.state_folder / _file(stack)}"
    return f"its state s3://{state.bucket}/{state.key(stack)}"


def _objects(context: Context, stack: str) -> set[str]:
    """Return the keys of the state of a stack and of its lock, if they exist.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    """
    state = context.settings.state
    answer = bucket.client(context).list_objects_v2(Bucket=state.bucket or "", Prefix=state.key(stack))
    return {each["Key"] for each in answer.get("Contents", [])}


def _file(stack: str) -> str:
    return f"terraform.{stack}.tfstate"
