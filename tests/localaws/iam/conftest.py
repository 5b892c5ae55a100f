"""Fixtures of the tests of IAM."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localaws.iam.caller import Caller
from localaws.iam.roles import AssumedRole, Aws
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients
from tests.support.localaws.roles_to_act_for import BUCKET, BUILDS


@pytest.fixture(scope="session")
def aws() -> Aws:
    clients().role("caller", {"Service": BUILDS})
    clients().client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return clients().aws()


@pytest.fixture(scope="session")
def caller() -> Caller:
    return Caller("aws", REGION, ACCOUNT, clients().client)


@pytest.fixture
def builder(aws: Aws) -> Iterator[Callable[..., AssumedRole]]:
    """Return a function that creates a role with the given statements, and assumes it."""
    iam = clients().client("iam")

    def make(*rights: dict[str, Any]) -> AssumedRole:
        return aws.assume_role(clients().role("builder-of-roles", {"Service": BUILDS}, rights=rights), BUILDS)

    yield make
    for name in iam.list_role_policies(RoleName="builder-of-roles")["PolicyNames"]:
        iam.delete_role_policy(RoleName="builder-of-roles", PolicyName=name)
    iam.delete_role(RoleName="builder-of-roles")
