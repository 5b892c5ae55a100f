"""Networks of a local AWS, or of moto alone."""

from dataclasses import dataclass

from tests.support.localaws.fixes import REGION, Client


@dataclass(frozen=True)
class Network:
    """The ids of a VPC and of its subnets."""

    vpc: str
    subnets: list[str]


def network(client: Client, *, zones: str = "ab") -> Network:
    """Create a VPC with a subnet in each of the zones."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for number, zone in enumerate(zones)
    ]
    return Network(vpc, [subnet["Subnet"]["SubnetId"] for subnet in made])
