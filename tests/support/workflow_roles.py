"""The roles of GitHub's workflows, as synthesized."""

import json
from pathlib import Path

from settings import CiSettings, PushSettings, Settings, StateSettings
from tests.support.synthesized import PROD, Json, Stack, system

PARTITION = "${data.aws_partition.partition.partition}"
ACCOUNT = "${data.aws_caller_identity.account.account_id}"
PROVIDER = "${aws_iam_openid_connect_provider.workflows_provider.arn}"
NAMES = {"diff": "workflows_diff_role", "deploy": "workflows_deploy_role", "push": "push"}
"""The names of the roles in the stack."""


def ci(outdir: Path, settings: Settings, *, state: StateSettings = PROD.state, **of_ci: str) -> Stack:
    """Return the `ci` stack of an environment with state in S3."""
    given = {
        "ci": CiSettings.model_validate({"repository": "acme/shop", **of_ci}),
        "state": state,
        "role_arn": None,
    }
    return system(outdir, settings.model_copy(update=given))[f"{settings.environment}-ci"]


def push(outdir: Path, settings: Settings, **of_push: str) -> Stack:
    """Return the `ci` stack of an environment that has only the push role."""
    given = PushSettings.model_validate({"repository": "acme/app", **of_push})
    return system(outdir, settings.model_copy(update={"push": given}))[f"{settings.environment}-ci"]


def trust(stack: Stack, role: str) -> Json:
    [statement] = json.loads(stack.resources("aws_iam_role")[NAMES[role]]["assume_role_policy"])["Statement"]
    found: Json = statement
    return found


def statement(stack: Stack, role: str, sid: str) -> Json:
    [found] = [each for each in stack.statements(NAMES[role]) if each["Sid"] == sid]
    return found
