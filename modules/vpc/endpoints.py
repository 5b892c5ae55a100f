"""The way to AWS for a network without NAT."""

from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup

SERVICES = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"]


class InterfaceEndpoints(Construct):
    """Endpoints in the private subnets for what ECS needs to start a Fargate task: images, logs, secrets, parameters.

    Image layers come from S3, for which the network has an endpoint of its own.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, region: str, network: Network) -> None:
        super().__init__(scope, id_)

        self._access = SecurityGroup(
            self, "access", network=network, name=f"{name}-endpoints", description="the interface endpoints"
        )
        for service in SERVICES:
            VpcEndpoint(
                self,
                service.replace(".", "_"),
                vpc_id=network.vpc_id,
                service_name=f"com.amazonaws.{region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=network.private_subnet_ids,
                security_group_ids=[self._access.id],
                tags={"Name": f"{name}-{service}"},
            )

    def allow_from(self, id_: str, peer: SecurityGroup) -> None:
        """Let one peer reach the endpoints, over HTTPS."""
        self._access.allow_from(id_, peer, port=443)
