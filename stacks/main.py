"""The stack with everything that a running service needs."""

from cdktf import TerraformOutput
from constructs import Construct

from modules.database import Database
from modules.delivery.failed_deployments import FailedDeployments
from modules.delivery.pipeline import Pipeline
from modules.domain import Certificate, HostedZone
from modules.ecs.service import Service
from modules.elb.access_logs import AccessLogBucket
from modules.elb.load_balancer import LoadBalancer
from modules.encryption import AwsManagedKeys, Encryption
from modules.environment import Environment
from modules.iam import Role
from modules.key import Key
from modules.people import PeopleRole
from modules.repository import Repository
from modules.rotation import Rotation
from modules.vpc.endpoints import InterfaceEndpoints
from modules.vpc.flow_logs import FlowLogs
from modules.vpc.network import Network
from settings import PeopleSettings, Settings
from settings.names import SystemRole
from stacks.stack import AwsStack


class MainStack(AwsStack):
    """Network, database, certificate, load balancer, service and pipeline."""

    def __init__(
        self, scope: Construct, id_: str, *, settings: Settings, repository: Repository, zone: HostedZone
    ) -> None:
        super().__init__(scope, id_, settings=settings)

        environment = Environment.of(settings, encryption=self._encryption(settings))
        network = Network(self, "network", environment=environment, settings=settings.network)
        database = Database(self, "database", environment=environment, network=network, settings=settings.database)
        certificate = Certificate(self, "certificate", environment=environment, zone=zone)
        load_balancer = LoadBalancer(
            self,
            "load_balancer",
            environment=environment,
            network=network,
            zone=zone,
            certificate=certificate,
            access_logs=self._access_logs(settings, environment),
            settings=settings.service,
        )
        service = Service(
            self,
            "service",
            environment=environment,
            network=network,
            load_balancer=load_balancer,
            repository=repository,
            settings=settings.service,
        )
        pipeline = Pipeline(
            self,
            "pipeline",
            environment=environment,
            repository=repository,
            service=service,
            settings=settings.pipeline,
        )
        FailedDeployments(self, "failed_deployments", environment=environment, service=service, pipeline=pipeline)

        database.allow_from("service", service.access)
        database.grant_login(service.execution_role)
        service.connect_to(database)
        repository.grant_pull(service.execution_role)
        self._add_optional_parts(settings, environment, network, database, service)
        viewer = self._role_of_people("viewer", environment, settings.viewer)
        operator = self._role_of_people("operator", environment, settings.operator)
        for people in filter(None, (viewer, operator)):
            network.grant_view(people)
            load_balancer.grant_view(people)
            service.grant_view(people)
            database.grant_view(people)
            zone.grant_view(people)
            certificate.grant_view(people)
            repository.grant_view(people)
            pipeline.grant_view(people)
        if operator:
            service.grant_operate(operator)
            pipeline.grant_operate(operator)

        self.service = service
        self.pipeline = pipeline
        TerraformOutput(self, "url", value=load_balancer.url)
        TerraformOutput(self, "cluster_name", value=service.cluster_name)
        TerraformOutput(self, "service_name", value=service.name)
        TerraformOutput(self, "pipeline_name", value=pipeline.name)

    def _encryption(self, settings: Settings) -> Encryption:
        if not settings.customer_managed_key:
            return AwsManagedKeys()
        return Key(self, "key", name=settings.name, region=settings.region, protect=settings.protect)

    def _role_of_people(
        self, name: SystemRole, environment: Environment, settings: PeopleSettings | None
    ) -> Role | None:
        if not settings:
            return None
        role = PeopleRole(self, name, environment=environment, name=name, principals=settings.principals).role
        TerraformOutput(self, f"{name}_role_arn", value=role.arn)
        return role

    def _access_logs(self, settings: Settings, environment: Environment) -> AccessLogBucket | None:
        return AccessLogBucket(self, "access_logs", environment=environment) if settings.logs.access_logs else None

    def _add_optional_parts(
        self, settings: Settings, environment: Environment, network: Network, database: Database, service: Service
    ) -> None:
        if settings.logs.flow_logs:
            FlowLogs(self, "flow_logs", environment=environment, network=network)
        if not settings.network.nat_gateways:
            endpoints = InterfaceEndpoints(
                self, "endpoints", environment=environment, network=network, sessions=settings.service.ecs_exec
            )
            endpoints.allow_from("service", service.access)
        if settings.database.redeploy_on_rotation:
            Rotation(self, "rotation", environment=environment, database=database, service=service)
