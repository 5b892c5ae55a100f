"""Account id and partition of the deployment, and ARNs in it."""

from functools import cache

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from constructs import Construct


def account_id(scope: Construct) -> str:
    """Return the account id. All constructs of a stack share one data source."""
    return _account_id(TerraformStack.of(scope))


def partition(scope: Construct) -> str:
    """Return the partition, such as `aws`. All constructs of a stack share one data source."""
    return _partition(TerraformStack.of(scope))


@cache
def _account_id(stack: TerraformStack) -> str:
    return DataAwsCallerIdentity(stack, "account").account_id


@cache
def _partition(stack: TerraformStack) -> str:
    return DataAwsPartition(stack, "partition").partition


def arn(scope: Construct, service: str, region: str, resource: str) -> str:
    """Return the ARN of a resource in the account. The ARN refers to no resource, so the resource need not exist.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    return f"arn:{partition(scope)}:{service}:{region}:{account_id(scope)}:{resource}"


def arn_of_role(scope: Construct, name: str) -> str:
    """Return the ARN of a role in the account, which need not exist. IAM has no regions."""
    return arn(scope, "iam", "", f"role/{name}")
