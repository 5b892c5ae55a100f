"""Interface endpoints for a network without NAT gateways."""

from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from modules.environment import Environment
from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup

SERVICES = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"]
OF_SESSIONS = ["ssmmessages"]


class InterfaceEndpoints(Construct):
    """Endpoints in the private subnets for the services that a Fargate task needs: ECR, logs, secrets and parameters.

    Image layers come from S3 through the network's gateway endpoint. ECS Exec also needs Session Manager, and KMS if
    the environment has a key.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html

    Args:
        environment: The name, the region and the encryption.
        network: The endpoints are in the private subnets of this network.
        sessions: Whether the tasks accept sessions of ECS Exec.
    """

    def __init__(
        self, scope: Construct, id_: str, *, environment: Environment, network: Network, sessions: bool
    ) -> None:
        super().__init__(scope, id_)

        self._access = SecurityGroup(
            self, "access", network=network, name=f"{environment.name}-endpoints", description="the interface endpoints"
        )
        of_sessions = [*OF_SESSIONS, *(["kms"] if environment.encryption.key_arn else [])] if sessions else []
        for service in [*SERVICES, *of_sessions]:
            VpcEndpoint(
                self,
                service.replace(".", "_"),
                vpc_id=network.vpc_id,
                service_name=f"com.amazonaws.{environment.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=network.private_subnet_ids,
                security_group_ids=[self._access.id],
                tags={"Name": f"{environment.name}-{service}"},
            )

    def allow_from(self, id_: str, peer: SecurityGroup) -> None:
        """Allow HTTPS connections from `peer` to the endpoints."""
        self._access.allow_from(id_, peer, port=443)
