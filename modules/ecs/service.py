"""The Fargate service."""

from collections.abc import Iterable, Iterator
from functools import partial

from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from constructs import Construct

from modules import log_group
from modules.account import arn, arn_of_role
from modules.ecs import container
from modules.ecs.arns import ServiceArns
from modules.ecs.container import Connection
from modules.ecs.exec import EcsExec, without_exec
from modules.ecs.task_definition import TaskDefinition
from modules.elb.load_balancer import LoadBalancer
from modules.environment import Environment
from modules.iam import Role
from modules.log_group import LogGroup
from modules.repository import Repository
from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup
from settings import ServiceSettings
from settings.task_definition import granted


class Service(Construct):
    """A service with one container on Fargate, behind the load balancer. ECS rolls back a failed deployment.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html

    Args:
        environment: The name, the region, the log retention and the encryption.
        network: The tasks run in the private subnets of this network.
        load_balancer: The load balancer in front of the container.
        repository: The repository of the container's image.
        settings: The container, its tasks and their health checks.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        network: Network,
        load_balancer: LoadBalancer,
        repository: Repository,
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)

        self.access = SecurityGroup(
            self,
            "access",
            network=network,
            name=f"{environment.name}-service",
            description="the tasks of the service",
            allow_all_egress=True,
        )
        self.access.allow_from("load_balancer", load_balancer.access, port=load_balancer.targets.port)
        self.execution_role = self._execution_role(environment, settings)
        self.task_role = Role(
            self, "task_role", name=environment.role_name("task"), assumed_by="ecs-tasks.amazonaws.com"
        )
        logs = LogGroup(self, "logs", environment=environment, name=f"/ecs/{environment.name}")
        logs.grant_write(self.execution_role)
        # connect_to() adds to this list, and self._container() reads it again.
        self._connections: list[Connection] = []
        self._container = partial(
            container.definition,
            connects_to=self._connections,
            logs=logs,
            region=environment.region,
            settings=settings,
        )
        self._sessions = (
            EcsExec(self, "exec", environment=environment, task_role=self.task_role) if settings.ecs_exec else None
        )
        cluster = self._cluster(environment)
        self._definition = TaskDefinition(
            self,
            "task_definition",
            environment=environment,
            repository=repository,
            execution_role=self.execution_role,
            task_role=self.task_role,
            container=self._container(),
            settings=settings,
        )
        service = EcsService(
            self,
            "Default",
            name=environment.name,
            cluster=cluster.arn,
            task_definition=self._definition.live_arn,
            desired_count=settings.desired_count,
            launch_type="FARGATE",
            propagate_tags="SERVICE",
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=network.private_subnet_ids, security_groups=[self.access.id], assign_public_ip=False
            ),
            load_balancer=[
                EcsServiceLoadBalancer(
                    container_name=settings.container_name,
                    container_port=load_balancer.targets.port,
                    target_group_arn=load_balancer.targets.arn,
                )
            ],
            health_check_grace_period_seconds=settings.grace_period_seconds,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            enable_execute_command=settings.ecs_exec or None,
            depends_on=[
                load_balancer.https,
                self.execution_role.inline_policy,
                *([self.task_role.inline_policy] if self._sessions else []),
            ],
        )
        self._definition.record(service)

        self._environment = environment
        self._secrets = settings.secrets.values()
        self.arn = service.id
        self._cluster_arn = cluster.arn
        self._tasks_arn = arn(self, "ecs", environment.region, f"task/{cluster.name}/*")
        # This ARN is built from names. The attribute `arn` is unknown in a plan that replaces the task definition, so
        # such a plan would also show changes of the policies.
        self._revisions_arn = arn(self, "ecs", environment.region, f"task-definition/{self._definition.family}:*")
        self.cluster_name = cluster.name
        self.name = service.name
        self.container_name = settings.container_name
        self.deployment_timeout_minutes = settings.deployment_timeout_minutes

    def _execution_role(self, environment: Environment, settings: ServiceSettings) -> Role:
        name = environment.role_name("execution")
        role = Role(self, "execution_role", name=name, assumed_by="ecs-tasks.amazonaws.com")
        for sid, action, arns in _secret_grants(settings.secrets.values()):
            role.allow(sid, actions=[action], resources=arns)
        return role

    def _cluster(self, environment: Environment) -> EcsCluster:
        # If this log group does not exist, CloudWatch creates it without retention and without a key.
        name = f"/aws/ecs/containerinsights/{environment.name}/performance"
        insights = LogGroup(self, "insights", environment=environment, name=name)
        return EcsCluster(
            self,
            "cluster",
            name=environment.name,
            setting=[EcsClusterSetting(name="containerInsights", value="enabled")],
            configuration=self._sessions.configuration if self._sessions else without_exec(),
            depends_on=[insights.resource],
        )

    def connect_to(self, connection: Connection) -> None:
        """Give the container the variables and secrets of a resource. This grants no permission.

        Raises:
            ValueError: The settings or another resource give a variable with the same name.
        """
        self._connections.append(connection)
        self._definition.replace_container(self._container())

    def grant_deploy(self, role: Role) -> None:
        """Let the role register a revision of the task definition and update the service to it.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
        """
        # DescribeTaskDefinition supports no ARN. AWS lists an ARN for RegisterTaskDefinition since 2025, but the page
        # of CodePipeline has "*", and AWS denied requests if the policy had the ARN. The statement PassTaskRoles limits
        # the roles that a revision can have.
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
        """Let the role describe the service, its revisions and its tasks.

        ListTasks supports a condition on the cluster, but no ARN of a service. DescribeTaskDefinition supports no ARN.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        """
        role.allow("DescribeService", actions=["ecs:DescribeServices"], resources=[self.arn])
        role.allow("DescribeRevision", actions=["ecs:DescribeTaskDefinition"], resources=["*"])
        self._grant_tasks(role, cluster_arn=self._cluster_arn, tasks_arn=self._tasks_arn)

    def grant_follow(self, role: Role) -> None:
        """Let the role see which image the tasks of the service run.

        The role cannot read task definitions, because DescribeTaskDefinition supports no ARN: it would also show the
        environment variables of other systems. The ARNs are built from names, because the role is in a stack that does
        not depend on the stack of the service.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        """
        arns = ServiceArns.of(role, self._environment)
        role.allow("DescribeService", actions=["ecs:DescribeServices"], resources=[arns.service])
        self._grant_tasks(role, cluster_arn=arns.cluster, tasks_arn=arns.tasks)

    def grant_operate(self, role: Role) -> None:
        """Let the role change the service, stop its tasks and run one-off tasks, of no other task definition.

        A request that does not change the task definition need not have the condition key. RunTask passes the roles of
        the task definition, or of the request. The ARNs are built from names, so the service need not exist.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html
        """
        arns = ServiceArns.of(role, self._environment)
        in_cluster = {"ArnEquals": {"ecs:cluster": arns.cluster}}
        role.allow(
            "UpdateService",
            actions=["ecs:UpdateService"],
            resources=[arns.service],
            conditions={"ArnLikeIfExists": {"ecs:task-definition": arns.revisions}},
        )
        role.allow("RunTask", actions=["ecs:RunTask"], resources=[arns.revisions], conditions=in_cluster)
        role.allow("StopTask", actions=["ecs:StopTask"], resources=[arns.tasks], conditions=in_cluster)
        role.allow(
            "PassTaskRoles",
            actions=["iam:PassRole"],
            resources=[arn_of_role(role, self._environment.role_name(each)) for each in ("execution", "task")],
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        )
        if self._sessions:
            self._sessions.grant_open(role, container=self.container_name)

    def grant_view(self, role: Role) -> None:
        """Let the role see the service, its tasks, revisions, logs and roles, but no value of a secret.

        The ARNs are built from names, so the service need not exist. DescribeTaskDefinition, ListTaskDefinitions and
        DescribeParameters support no ARN, so the role can read the task definitions of all systems in the account.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html and
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
        """
        self.grant_follow(role)
        role.allow("ViewRevisions", actions=["ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"], resources=["*"])
        name = self._environment.name
        log_group.grant_view(role, "ViewServiceLog", environment=self._environment, name=f"/ecs/{name}", streams=True)
        names = [self._environment.role_name(each) for each in ("execution", "task")]
        role.allow("ViewTaskRoles", actions=["iam:GetRole"], resources=[arn_of_role(role, each) for each in names])
        role.allow(
            "SimulateExecutionRole",
            actions=["iam:SimulatePrincipalPolicy"],
            resources=[arn_of_role(role, names[0])],
        )
        for _, action, arns in _secret_grants(self._secrets):
            if action.startswith("ssm:"):
                role.allow("ViewParameters", actions=["ssm:DescribeParameters"], resources=["*"])
            else:
                role.allow("ViewSecrets", actions=["secretsmanager:DescribeSecret"], resources=arns)

    def grant_restart(self, role: Role) -> None:
        """Let the role replace the service's tasks with new tasks of the running revision.

        The role needs no `iam:PassRole`, because the revision already names the roles of its tasks.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        """
        role.allow("RestartService", actions=["ecs:UpdateService"], resources=[self.arn])

    def _grant_tasks(self, role: Role, *, cluster_arn: str, tasks_arn: str) -> None:
        role.allow(
            "ListTasks",
            actions=["ecs:ListTasks"],
            resources=["*"],
            conditions={"ArnEquals": {"ecs:cluster": cluster_arn}},
        )
        role.allow("DescribeTasks", actions=["ecs:DescribeTasks"], resources=[tasks_arn])


def _secret_grants(secrets: Iterable[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the Sid, the action and the ARNs of each statement that grants access to the container's secrets."""
    arns = granted(secrets)
    for sid, action, service in (
        ("ReadSecrets", "secretsmanager:GetSecretValue", "secretsmanager"),
        ("ReadParameters", "ssm:GetParameters", "ssm"),
    ):
        if own := [arn for arn in arns if arn.split(":")[2] == service]:
            yield sid, action, own
