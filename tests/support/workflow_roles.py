"""The roles of the workflows of a GitHub repository, as synthesized."""

import json
from pathlib import Path

from settings import CiSettings, Settings, StateSettings
from tests.support.synthesized import PROD, Json, Stack, system

PARTITION = "${data.aws_partition.partition.partition}"
ACCOUNT = "${data.aws_caller_identity.account.account_id}"


def ci(outdir: Path, settings: Settings, *, state: StateSettings = PROD.state, **of_ci: str) -> Stack:
    """Return the `ci` stack of an environment with state in S3."""
    given = {
        "ci": CiSettings.model_validate({"repository": "acme/shop", **of_ci}),
        "state": state,
        "role_arn": None,
    }
    return system(outdir, settings.model_copy(update=given))[f"{settings.environment}-ci"]


def trust(stack: Stack, role: str) -> Json:
    [statement] = json.loads(stack.resources("aws_iam_role")[f"workflows_{role}_role"]["assume_role_policy"])[
        "Statement"
    ]
    found: Json = statement
    return found


def statement(stack: Stack, role: str, sid: str) -> Json:
    [found] = [each for each in stack.statements(f"workflows_{role}_role") if each["Sid"] == sid]
    return found
