"""The Fargate service."""

from collections.abc import Iterable, Iterator, Mapping

from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from constructs import Construct

from modules import container
from modules.account import account_id, partition
from modules.iam import Role
from modules.key import Key
from modules.load_balancer import LoadBalancer
from modules.log_group import LogGroup
from modules.repository import Repository
from modules.task_definition import TaskDefinition
from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup
from settings import ServiceSettings


class Service(Construct):
    """One container on Fargate, behind the load balancer. A deployment that fails is rolled back.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        region: str,
        network: Network,
        load_balancer: LoadBalancer,
        repository: Repository,
        image_tag: str,
        environment: Mapping[str, str],
        secrets: Mapping[str, str],
        log_retention_days: int,
        key: Key | None,
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)

        self.access = SecurityGroup(
            self,
            "access",
            network=network,
            name=f"{name}-service",
            description="the tasks of the service",
            opens_anything=True,
        )
        self.access.allow_from("load_balancer", load_balancer.access, port=load_balancer.target_port)
        self.execution_role = Role(
            self, "execution_role", name=f"{name}-execution", assumed_by="ecs-tasks.amazonaws.com"
        )
        for intent, action, arns in _grants(settings.secrets.values()):
            self.execution_role.allow(intent, actions=[action], resources=arns)
        self.task_role = Role(self, "task_role", name=f"{name}-task", assumed_by="ecs-tasks.amazonaws.com")
        logs = LogGroup(self, "logs", name=f"/ecs/{name}", retention_days=log_retention_days, key=key)
        logs.grant_write(self.execution_role)
        # CloudWatch names the group, and makes one that is nobody's where there is none.
        insights = LogGroup(
            self,
            "insights",
            name=f"/aws/ecs/containerinsights/{name}/performance",
            retention_days=log_retention_days,
            key=key,
        )
        cluster = EcsCluster(
            self,
            "cluster",
            name=name,
            setting=[EcsClusterSetting(name="containerInsights", value="enabled")],
            depends_on=[insights.made],
        )
        definition = TaskDefinition(
            self,
            "task_definition",
            name=name,
            repository=repository,
            image_tag=image_tag,
            execution_role=self.execution_role,
            task_role=self.task_role,
            container=container.definition(
                port=load_balancer.target_port,
                environment=environment,
                secrets=secrets,
                logs=logs,
                region=region,
                settings=settings,
            ),
            settings=settings,
        )
        service = EcsService(
            self,
            "Default",
            name=name,
            cluster=cluster.arn,
            task_definition=definition.live_arn,
            desired_count=settings.desired_count,
            launch_type="FARGATE",
            propagate_tags="SERVICE",
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=network.private_subnet_ids, security_groups=[self.access.id], assign_public_ip=False
            ),
            load_balancer=[
                EcsServiceLoadBalancer(
                    container_name=settings.container_name,
                    container_port=load_balancer.target_port,
                    target_group_arn=load_balancer.target_group_arn,
                )
            ],
            health_check_grace_period_seconds=settings.grace_period_seconds,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            depends_on=[load_balancer.https, *self.execution_role.rights],
        )
        definition.remember(service)

        self.arn = service.id
        self._cluster_arn = cluster.arn
        ours = f"arn:{partition(self)}:ecs:{region}:{account_id(self)}"
        self._tasks_arn = f"{ours}:task/{cluster.name}/*"
        # The resource's own ARN is unknown while it is replaced, and each such plan would show the policies with it.
        self._revisions_arn = f"{ours}:task-definition/{definition.family}:*"
        self.cluster_name = cluster.name
        self.name = service.name
        self.container_name = settings.container_name
        self.deployment_timeout_minutes = settings.deployment_timeout_minutes

    def grant_deploy(self, role: Role) -> None:
        """Let the role register a revision of the task definition and have the service run it.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
        """
        # AWS takes no ARN to describe. To register, AWS lists one since 2025, CodePipeline's page has "*" as the least,
        # and policies with an ARN were denied: "*" works either way. PassTaskRoles limits what a revision may hold.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html and
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html#edit-role-ecs
        role.allow(
            "RegisterTaskDefinition",
            actions=["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"],
            resources=["*"],
        )
        role.allow("UpdateService", actions=["ecs:DescribeServices", "ecs:UpdateService"], resources=[self.arn])
        role.allow(
            "TagTaskDefinition",
            actions=["ecs:TagResource"],
            resources=[self._revisions_arn],
            conditions={"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
        )
        role.allow(
            "PassTaskRoles",
            actions=["iam:PassRole"],
            resources=[self.execution_role.arn, self.task_role.arn],
            conditions={"StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]}},
        )

    def grant_describe(self, role: Role) -> None:
        """Let the role see the service, its revisions, and why its tasks stopped.

        ListTasks takes no ARN of a service, only the cluster as a condition, and to describe a revision AWS takes none.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        """
        role.allow("DescribeService", actions=["ecs:DescribeServices"], resources=[self.arn])
        role.allow("DescribeRevision", actions=["ecs:DescribeTaskDefinition"], resources=["*"])
        role.allow(
            "ListTasks",
            actions=["ecs:ListTasks"],
            resources=["*"],
            conditions={"ArnEquals": {"ecs:cluster": self._cluster_arn}},
        )
        role.allow("DescribeTasks", actions=["ecs:DescribeTasks"], resources=[self._tasks_arn])

    def grant_restart(self, role: Role) -> None:
        """Let the role replace the service's tasks by fresh ones of the revision that runs.

        To update a service passes no role: the revision names those of its tasks already.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        """
        role.allow("RestartService", actions=["ecs:UpdateService"], resources=[self.arn])


def _grants(secrets: Iterable[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Intent, action and ARNs for reading secrets of the container, whose ARNs may end in a key, stage and version.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html#task-execution-secrets
    """
    arns = sorted({":".join(arn.split(":")[:7]) for arn in secrets})
    for intent, action, service in (
        ("ReadSecrets", "secretsmanager:GetSecretValue", "secretsmanager"),
        ("ReadParameters", "ssm:GetParameters", "ssm"),
    ):
        if own := [arn for arn in arns if arn.split(":")[2] == service]:
            yield intent, action, own
