"""A permissions boundary for every role of a stack."""

import jsii
from cdktf import Aspects, IAspect
from cdktf_cdktf_provider_aws.iam_role import IamRole
from constructs import Construct, IConstruct


@jsii.implements(IAspect)
class PermissionsBoundary:
    """An aspect that gives every role below a construct the same permissions boundary.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html and
    https://developer.hashicorp.com/terraform/cdktf/concepts/aspects

    Args:
        policy_arn: The ARN of the managed policy.
    """

    def __init__(self, *, policy_arn: str) -> None:
        self._policy_arn = policy_arn

    def apply_to(self, scope: Construct) -> None:
        """Give the boundary to the roles below a construct, including roles that are declared later."""
        Aspects.of(scope).add(self)

    def visit(self, node: IConstruct) -> None:
        """Give the boundary to one construct if it is a role. cdktf calls this for each construct."""
        if isinstance(node, IamRole):
            node.permissions_boundary = self._policy_arn
