"""Who may open a connection to whom."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.security_group import SecurityGroup as AwsSecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from modules.vpc.network import Network
from modules.vpc.network_acl import ANYWHERE


class SecurityGroup(Construct):
    """A security group that admits nothing until a verb says so, and by default opens nothing either.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        network: Network,
        name: str,
        description: str,
        opens_anything: bool = False,
    ) -> None:
        super().__init__(scope, id_)

        group = AwsSecurityGroup(
            self,
            "Default",
            name_prefix=f"{name}-",
            description=description,
            vpc_id=network.vpc_id,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        if opens_anything:
            VpcSecurityGroupEgressRule(
                self, "to_anywhere", security_group_id=group.id, cidr_ipv4=ANYWHERE, ip_protocol="-1"
            )
        self.id = group.id
        self.opens_anything = opens_anything

    def allow_from(self, id_: str, peer: "SecurityGroup", *, port: int) -> None:
        """Let `peer` open TCP connections to `port`: a rule here and, unless the peer opens anything, one there."""
        pair = Construct(self, id_)
        VpcSecurityGroupIngressRule(
            pair,
            "ingress",
            security_group_id=self.id,
            referenced_security_group_id=peer.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )
        if not peer.opens_anything:
            VpcSecurityGroupEgressRule(
                pair,
                "egress",
                security_group_id=peer.id,
                referenced_security_group_id=self.id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )

    def allow_from_anywhere(self, id_: str, *, port: int) -> None:
        """Let the internet open TCP connections to `port`."""
        VpcSecurityGroupIngressRule(
            self,
            id_,
            security_group_id=self.id,
            cidr_ipv4=ANYWHERE,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )
