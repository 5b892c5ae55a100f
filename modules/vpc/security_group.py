"""Security groups."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.security_group import SecurityGroup as AwsSecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from modules.vpc.network import Network
from modules.vpc.network_acl import ANYWHERE


class SecurityGroup(Construct):
    """A security group without rules. Egress stays closed unless `allow_all_egress` is set.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html

    Args:
        network: The network with the VPC of the group.
        name: The beginning of the group's generated name.
        description: The description of the group in EC2.
        allow_all_egress: Whether the group allows connections to anywhere.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        network: Network,
        name: str,
        description: str,
        allow_all_egress: bool = False,
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
        if allow_all_egress:
            VpcSecurityGroupEgressRule(
                self, "to_anywhere", security_group_id=group.id, cidr_ipv4=ANYWHERE, ip_protocol="-1"
            )

        self.id = group.id
        self.allow_all_egress = allow_all_egress

    def allow_from(self, id_: str, peer: "SecurityGroup", *, port: int) -> None:
        """Allow TCP connections from `peer` to `port`, by an ingress rule of this group and an egress rule of the peer.

        A peer with `allow_all_egress` gets no egress rule.
        """
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
        if not peer.allow_all_egress:
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
        """Allow TCP connections from the internet to `port`."""
        VpcSecurityGroupIngressRule(
            self,
            id_,
            security_group_id=self.id,
            cidr_ipv4=ANYWHERE,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )
