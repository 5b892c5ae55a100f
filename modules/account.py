"""Where a stack is deployed to: whose account, and in which partition of AWS."""

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from constructs import Construct


def account_id(scope: Construct) -> str:
    """The id of the account, looked up once in the scope's stack, whoever asks."""
    stack = TerraformStack.of(scope)
    known = stack.node.try_find_child("account")
    identity = known if isinstance(known, DataAwsCallerIdentity) else DataAwsCallerIdentity(stack, "account")
    return identity.account_id


def partition(scope: Construct) -> str:
    """The partition, `aws` for most, looked up likewise."""
    stack = TerraformStack.of(scope)
    known = stack.node.try_find_child("partition")
    found = known if isinstance(known, DataAwsPartition) else DataAwsPartition(stack, "partition")
    return found.partition
