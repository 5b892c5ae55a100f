"""Network ACLs."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.network_acl import NetworkAcl as AwsNetworkAcl
from cdktf_cdktf_provider_aws.network_acl import NetworkAclEgress, NetworkAclIngress
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

ANYWHERE = "0.0.0.0/0"


class NetworkAcl(Construct):
    """A network ACL that allows all egress, and all ingress from the VPC.

    From addresses outside of the VPC, the ACL allows only answers, and connections to `ports`. ACLs are stateless, so
    answers to outgoing connections need rules. Answers arrive at ephemeral ports, which are 1024 to 65535 for a NAT
    gateway and a load balancer. ICMP messages about an unreachable destination are answers, too.
    https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports and
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html#path_mtu_discovery

    Args:
        name: The name tag of the ACL.
        vpc: The VPC of the subnets. The ACL allows all ingress from the VPC's addresses.
        subnet_ids: The subnets that use the ACL.
        ports: TCP ports that are open to the internet.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc: Vpc,
        subnet_ids: Sequence[str],
        ports: Sequence[int] = (),
    ) -> None:
        super().__init__(scope, id_)

        from_elsewhere = [("tcp", 1024, 65535), ("udp", 1024, 65535), *(("tcp", port, port) for port in ports)]
        self.resource = AwsNetworkAcl(
            self,
            "Default",
            vpc_id=vpc.id,
            subnet_ids=list(subnet_ids),
            ingress=[
                NetworkAclIngress(
                    rule_no=100, action="allow", protocol="-1", cidr_block=vpc.cidr_block, from_port=0, to_port=0
                ),
                NetworkAclIngress(
                    rule_no=110,
                    action="allow",
                    protocol="icmp",
                    cidr_block=ANYWHERE,
                    from_port=0,
                    to_port=0,
                    icmp_type=3,
                    icmp_code=-1,
                ),
                *(
                    NetworkAclIngress(
                        rule_no=number,
                        action="allow",
                        protocol=protocol,
                        cidr_block=ANYWHERE,
                        from_port=first,
                        to_port=last,
                    )
                    for number, (protocol, first, last) in zip(range(120, 32767, 10), from_elsewhere, strict=False)
                ),
            ],
            egress=[
                NetworkAclEgress(
                    rule_no=100, action="allow", protocol="-1", cidr_block=ANYWHERE, from_port=0, to_port=0
                )
            ],
            tags={"Name": name},
        )
