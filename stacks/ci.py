"""The stack with the IAM roles of GitHub's workflows."""

from collections.abc import Sequence

from cdktf import TerraformOutput
from constructs import Construct

from modules.delivery.pipeline import Pipeline
from modules.ecs.service import Service
from modules.github.oidc_provider import OidcProvider
from modules.github.push_role import PushRole
from modules.github.workflows import Workflows
from modules.repository import Repository
from settings import CiSettings, GitHubSettings, Settings
from stacks.stack import AwsStack


class CiStack(AwsStack):
    """The roles of the workflows of two repositories: of this project, and of the application.

    A person deploys this stack before the workflows can run. Its policies name the resources of the other stacks, which
    need not exist.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        github: GitHubSettings,
        repository: Repository,
        service: Service,
        pipeline: Pipeline,
        stacks: Sequence[AwsStack],
    ) -> None:
        super().__init__(scope, id_, settings=settings)

        # Below this construct, the provider and the roles of `ci` have the addresses that they always had.
        workflows = Construct(self, "workflows")
        provider = OidcProvider(workflows, "provider", existing_arn=github.oidc_provider_arn)

        if settings.ci:
            self._add_workflows(workflows, settings, ci=settings.ci, provider=provider, stacks=stacks)
        if settings.push:
            push = PushRole(self, "push", settings=settings, push=settings.push, provider=provider)
            repository.grant_push(push.role)
            pipeline.grant_follow(push.role)
            service.grant_follow(push.role)
            TerraformOutput(self, "push_role_arn", value=push.role.arn)

    def _add_workflows(
        self,
        scope: Construct,
        settings: Settings,
        *,
        ci: CiSettings,
        provider: OidcProvider,
        stacks: Sequence[AwsStack],
    ) -> None:
        workflows = Workflows(scope, "Default", settings=settings, ci=ci, provider=provider)
        workflows.allow_state(settings.state, keys=[stack.state_key for stack in stacks])
        TerraformOutput(self, "diff_role_arn", value=workflows.diff_role_arn)
        TerraformOutput(self, "deploy_role_arn", value=workflows.deploy_role_arn)
