"""The revisions of the service's task definition, and which of them the service runs."""

from collections.abc import Mapping
from typing import Any

from cdktf import TerraformLocal, Token
from cdktf_cdktf_provider_aws.data_aws_ecs_service import DataAwsEcsService
from cdktf_cdktf_provider_aws.data_aws_ecs_task_definition import DataAwsEcsTaskDefinition
from cdktf_cdktf_provider_aws.data_aws_ssm_parameters_by_path import DataAwsSsmParametersByPath
from cdktf_cdktf_provider_aws.ecs_service import EcsService
from cdktf_cdktf_provider_aws.ecs_task_definition import EcsTaskDefinition
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from modules.iam import Role
from modules.repository import Repository
from settings import ServiceSettings

LABEL = "settings"
"""The docker label that holds the hash of a revision's settings. Every revision that the pipeline registers has it too:
the deploy action copies all but the image."""


class TaskDefinition(Construct):
    """The revision that the service runs: the declared settings, with the image that runs.

    Terraform registers a revision when the settings change, the pipeline when an image is pushed. At each plan,
    Terraform reads what the service runs. If that has the declared settings, the service keeps it, whatever its image:
    neither a push nor a roll-back shows in a plan. If not, Terraform registers the declared settings with the image
    that runs, and the service is updated to this revision.

    A data source fails where there is no service. So a parameter tells whether there is one: it is made after the
    service, destroyed before it, and looked up by its path, which finds nothing without an error. It names the revision
    that Terraform registered last, which stays as it is while the service runs the declared settings.

    No revision is ever deregistered, for ECS can only roll back to an active one.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-definition-deregister.html

    Args:
        name: Of the family, and of the service and its cluster.
        image_tag: Of the image that a new service runs. Where the repository lacks it, the first revision names the
            tag, and its tasks do not start until it is pushed.
        container: The container's definition, without its image.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        repository: Repository,
        image_tag: str,
        execution_role: Role,
        task_role: Role,
        container: Mapping[str, Any],
        settings: ServiceSettings,
    ) -> None:
        super().__init__(scope, id_)

        self._parameter = f"/service/{name}/revision"
        own_arn = self._own_arn(f"/service/{name}")
        count = Token.as_number(f"${{{own_arn} == null ? 0 : 1}}")
        own = DataAwsEcsTaskDefinition(self, "own", task_definition=f"${{{own_arn}}}", count=count)
        service = DataAwsEcsService(self, "service", service_name=name, cluster_arn=name, count=count)
        running = DataAwsEcsTaskDefinition(
            self, "running", task_definition=f"${{{service.fqn}[0].task_definition}}", count=count
        )

        declared = TerraformLocal(
            self,
            "settings",
            {
                "cpu": str(settings.cpu),
                "memory": str(settings.memory_mib),
                "execution_role_arn": execution_role.arn,
                "task_role_arn": task_role.arn,
                "container": container,
            },
        ).fqn
        settings_hash = self._local("settings_hash", f"sha256(jsonencode({declared}))")
        runs = self._local("runs", f"one([for each in {running.fqn} : jsondecode(each.container_definitions)[0]])")
        runs_declared = self._local("runs_declared", f"try({runs}.dockerLabels.{LABEL}, null) == {settings_hash}")
        image = self._local("image", f'try({runs}.image, join(":", [{repository.url}, "{image_tag}"]))')
        labels = f"{{ {LABEL} = {settings_hash} }}"
        new = f"jsonencode([merge({declared}.container, {{ image = {image}, dockerLabels = {labels} }})])"

        def kept(name: str, otherwise: str | None = None) -> str:
            return f"${{{runs_declared} ? one({own.fqn}[*].{name}) : {otherwise or f'{declared}.{name}'}}}"

        definition = EcsTaskDefinition(
            self,
            "Default",
            family=name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
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

    def remember(self, service: EcsService) -> None:
        """Write down Terraform's revision as soon as there is a service."""
        SsmParameter(
            self,
            "parameter",
            name=self._parameter,
            type="String",
            insecure_value=self._arn,
            overwrite=True,
            depends_on=[service],
        )

    def _own_arn(self, path: str) -> str:
        found = DataAwsSsmParametersByPath(self, "parameters", path=path)
        return self._local(
            "own_arn", f'try(nonsensitive(zipmap({found.fqn}.names, {found.fqn}.values))["{self._parameter}"], null)'
        )

    def _local(self, id_: str, expression: str) -> str:
        return TerraformLocal(self, id_, f"${{{expression}}}").fqn
