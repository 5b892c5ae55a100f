"""The targets of a load balancer, and their health."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef

HEALTHY = "healthy"


@dataclass(frozen=True)
class Target:
    """A target of a target group.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
    """

    id: str
    """The IP address of the task."""
    port: int | None
    state: str
    """The state, such as `initial`, `healthy`, `unhealthy` or `draining`."""
    reason: str
    """The reason code, such as `Target.ResponseCodeMismatch`. Empty for a healthy target."""
    description: str
    """Details about the reason, such as `Health checks failed with these codes: [404]`. Often empty."""

    @classmethod
    def read(cls, described: "TargetHealthDescriptionTypeDef") -> "Target":
        """Return the target that DescribeTargetHealth describes."""
        target, health = described["Target"], described["TargetHealth"]
        return cls(
            id=target["Id"],
            port=target.get("Port"),
            state=health["State"],
            reason=health.get("Reason", ""),
            description=health.get("Description", ""),
        )


def targets(elbv2: "ElasticLoadBalancingv2Client", groups: Iterable[str]) -> list[Target]:
    """Return the targets of target groups. The API returns all targets of a group in one answer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html

    Args:
        elbv2: A client of Elastic Load Balancing.
        groups: The ARNs of the target groups.

    Raises:
        ClientError: AWS refuses a request.
    """
    return [
        Target.read(described)
        for group in groups
        for described in elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    ]
