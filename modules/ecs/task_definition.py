"""The task definition and the revision that the service runs."""

from collections.abc import Mapping

from cdktf import TerraformLocal, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.data_aws_ecs_service import DataAwsEcsService
from cdktf_cdktf_provider_aws.data_aws_ecs_task_definition import DataAwsEcsTaskDefinition
from cdktf_cdktf_provider_aws.data_aws_ssm_parameters_by_path import DataAwsSsmParametersByPath
from cdktf_cdktf_provider_aws.ecs_service import EcsService
from cdktf_cdktf_provider_aws.ecs_task_definition import EcsTaskDefinition
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from modules.environment import Environment
from modules.iam import Role
from modules.repository import Repository
from settings import ServiceSettings
from settings.names import revision_parameter, revision_path

LABEL = "settings"
"""The docker label with the hash of a revision's settings. A revision that the pipeline registers has the same
label, because the deploy action copies everything except the image."""


class TaskDefinition(Construct):
    """The task definition of the service: the declared settings, with the image that already runs.

    Terraform registers a revision when the settings change. The pipeline registers a revision when an image is pushed.
    In each plan, Terraform reads the running revision. If the running revision has the declared settings, the service
    keeps it, even if the pipeline registered it. So no plan shows a push or a rollback. If the running revision has
    other settings, Terraform registers a revision with the declared settings and the running image, and updates the
    service.

    The data source of a service fails if the service does not exist. Therefore an SSM parameter records that the
    service exists. Terraform creates the parameter after the service and destroys it before the service, also when
    Terraform replaces the service. Terraform looks for the parameter by its path, because this lookup returns an empty
    list if the parameter does not exist. The value of the parameter is the ARN of the revision that Terraform
    registered last. While the service runs the declared settings, the Terraform resource copies its arguments from that
    revision, so no plan replaces the resource.

    Each argument of the resource is also a key of the local value `settings`. The hash of this value decides whether
    the service gets a new revision. The key `ecs_exec` is there only if ECS Exec is on.

    Terraform never deregisters a revision. ECS refuses to update a service to a deregistered revision, so a rollback to
    such a revision would fail.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html

    Args:
        environment: The environment. Its name is the name of the family, the service and the cluster.
        repository: The image repository. A new service runs the image with the default tag. Until the repository has
            that tag, the tasks of the first revision do not start.
        execution_role: The role of the ECS agent.
        task_role: The role of the container.
        container: The container definition, without the image.
        settings: CPU and memory, and whether ECS Exec is on.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        repository: Repository,
        execution_role: Role,
        task_role: Role,
        container: Mapping[str, object],
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)

        name = environment.name
        self._parameter = revision_parameter(name)
        own_arn = self._own_arn(revision_path(name))
        count = Token.as_number(f"${{{own_arn} == null ? 0 : 1}}")
        own = DataAwsEcsTaskDefinition(self, "own", task_definition=f"${{{own_arn}}}", count=count)
        service = DataAwsEcsService(self, "service", service_name=name, cluster_arn=name, count=count)
        running = DataAwsEcsTaskDefinition(
            self, "running", task_definition=f"${{{service.fqn}[0].task_definition}}", count=count
        )

        compatibilities, network_mode = ["FARGATE"], "awsvpc"
        self._settings: dict[str, object] = {
            "requires_compatibilities": compatibilities,
            "network_mode": network_mode,
            "cpu": str(settings.cpu),
            "memory": str(settings.memory_mib),
            "execution_role_arn": execution_role.arn,
            "task_role_arn": task_role.arn,
            "container": container,
        }
        # A change of ECS Exec starts no deployment, and affects only new tasks. With another hash, the service gets a
        # new revision, and new tasks:
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
        if settings.ecs_exec:
            self._settings["ecs_exec"] = True
        self._declared = TerraformLocal(self, "settings", self._settings)
        declared = self._declared.fqn
        settings_hash = self._local("settings_hash", f"sha256(jsonencode({declared}))")
        containers = self._local("containers", f"try(jsondecode(one({running.fqn}[*].container_definitions)), [])")
        # If the running revision has only one container, the name of that container does not matter. So the image stays
        # the same if container_name changes. A revision that was registered by hand can have several containers. Then
        # the image of the container with the declared name is used.
        runs = self._local(
            "runs",
            f"one([for each in {containers} : each "
            f"if length({containers}) == 1 || each.name == {declared}.container.name])",
        )
        runs_declared = self._local("runs_declared", f"try({runs}.dockerLabels.{LABEL}, null) == {settings_hash}")
        image = self._local("image", f'try({runs}.image, join(":", [{repository.url}, "{repository.default_tag}"]))')
        labels = f"{{ {LABEL} = {settings_hash} }}"
        new = f"jsonencode([merge({declared}.container, {{ image = {image}, dockerLabels = {labels} }})])"

        def kept(name: str, otherwise: str | None = None) -> str:
            return f"${{{runs_declared} ? one({own.fqn}[*].{name}) : {otherwise or f'{declared}.{name}'}}}"

        definition = EcsTaskDefinition(
            self,
            "Default",
            family=name,
            requires_compatibilities=compatibilities,
            network_mode=network_mode,
            skip_destroy=True,
            cpu=kept("cpu"),
            memory=kept("memory"),
            execution_role_arn=kept("execution_role_arn"),
            task_role_arn=kept("task_role_arn"),
            container_definitions=kept("container_definitions", new),
        )
        live = TerraformLocal(
            self, "live", f"${{{runs_declared} ? one({service.fqn}[*].task_definition) : {definition.fqn}.arn}}"
        )

        self.live_arn = live.as_string
        self.family = definition.family
        self._arn = definition.arn

    def replace_container(self, container: Mapping[str, object]) -> None:
        """Declare another container definition, without the image."""
        self._settings["container"] = container
        self._declared.expression = self._settings

    def record(self, service: EcsService) -> None:
        """Create the parameter after the service. The value is the ARN of the revision that Terraform registered."""
        # `replace_triggered_by` accepts only an address. The token `fqn` would become an expression.
        address = f"{service.terraform_resource_type}.{service.friendly_unique_id}"
        SsmParameter(
            self,
            "parameter",
            name=self._parameter,
            type="String",
            insecure_value=self._arn,
            overwrite=True,
            depends_on=[service],
            lifecycle=TerraformResourceLifecycle(replace_triggered_by=[f"{address}.id"]),
        )

    def _own_arn(self, path: str) -> str:
        found = DataAwsSsmParametersByPath(self, "parameters", path=path, with_decryption=False)
        return self._local(
            "own_arn", f'try(nonsensitive(zipmap({found.fqn}.names, {found.fqn}.values))["{self._parameter}"], null)'
        )

    def _local(self, id_: str, expression: str) -> str:
        return TerraformLocal(self, id_, f"${{{expression}}}").fqn
