"""The system."""

from cdktf import TerraformOutput
from constructs import Construct

from modules.access_logs import AccessLogBucket
from modules.database import Database
from modules.delivery.failed_deployments import FailedDeployments
from modules.delivery.pipeline import Pipeline
from modules.domain import Certificate, HostedZone
from modules.key import Key
from modules.load_balancer import LoadBalancer
from modules.repository import Repository
from modules.rotation import Rotation
from modules.service import Service
from modules.vpc.endpoints import InterfaceEndpoints
from modules.vpc.flow_logs import FlowLogs
from modules.vpc.network import Network
from settings import Settings
from stacks.stack import AwsStack


class MainStack(AwsStack):
    """Network, database, certificate, load balancer, service and pipeline."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        repository: Repository,
        zone: HostedZone,
        s3_use_path_style: bool,
    ) -> None:
        super().__init__(scope, id_, settings=settings, s3_use_path_style=s3_use_path_style)

        retention_days = settings.logs.retention_days
        key = None
        if settings.customer_managed_key:
            key = Key(self, "key", name=settings.name, region=settings.region, protect=settings.protect)
        network = Network(self, "network", name=settings.name, region=settings.region, settings=settings.network)
        database = Database(
            self,
            "database",
            name=settings.name,
            network=network,
            log_retention_days=retention_days,
            key=key,
            protect=settings.protect,
            settings=settings.database,
        )
        certificate = Certificate(self, "certificate", zone=zone)
        access_logs = None
        if settings.logs.access_logs:
            access_logs = AccessLogBucket(
                self, "access_logs", name=settings.name, retention_days=retention_days, protect=settings.protect
            )
        load_balancer = LoadBalancer(
            self,
            "load_balancer",
            name=settings.name,
            network=network,
            zone=zone,
            certificate=certificate,
            access_logs=access_logs,
            protect=settings.protect,
            settings=settings.service,
        )
        service = Service(
            self,
            "service",
            name=settings.name,
            region=settings.region,
            network=network,
            load_balancer=load_balancer,
            repository=repository,
            image_tag=settings.pipeline.default_tag,
            environment=settings.service.environment | database.environment,
            secrets=settings.service.secrets | database.secrets,
            log_retention_days=retention_days,
            key=key,
            settings=settings.service,
        )
        pipeline = Pipeline(
            self,
            "pipeline",
            name=settings.name,
            repository=repository,
            service=service,
            log_retention_days=retention_days,
            key=key,
            protect=settings.protect,
            settings=settings.pipeline,
        )
        FailedDeployments(self, "failed_deployments", name=settings.name, service=service, pipeline=pipeline)

        database.allow_from("service", service.access)
        database.grant_login(service.execution_role)
        repository.grant_pull(service.execution_role)
        if settings.logs.flow_logs:
            FlowLogs(self, "flow_logs", name=settings.name, network=network, retention_days=retention_days, key=key)
        if not settings.network.nat_gateways:
            endpoints = InterfaceEndpoints(
                self, "endpoints", name=settings.name, region=settings.region, network=network
            )
            endpoints.allow_from("service", service.access)
        if settings.database.redeploy_on_rotation:
            Rotation(self, "rotation", name=settings.name, database=database, service=service)

        TerraformOutput(self, "url", value=load_balancer.url)
        TerraformOutput(self, "cluster_name", value=service.cluster_name)
        TerraformOutput(self, "service_name", value=service.name)
        TerraformOutput(self, "pipeline_name", value=pipeline.name)
