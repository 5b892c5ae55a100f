"""Who may look at an environment, and deploy it, without a person's credentials."""

from collections.abc import Sequence

from cdktf import TerraformOutput
from constructs import Construct

from modules.github.workflows import Workflows
from settings import CiSettings, Settings
from stacks.stack import AwsStack


class CiStack(AwsStack):
    """The roles of a GitHub repository's workflows; deployed by a person, before the workflows can do anything."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        ci: CiSettings,
        stacks: Sequence[AwsStack],
        s3_use_path_style: bool,
    ) -> None:
        super().__init__(scope, id_, settings=settings, s3_use_path_style=s3_use_path_style)

        workflows = Workflows(
            self,
            "workflows",
            name=settings.name,
            environment=settings.environment,
            region=settings.region,
            hosted_zone_id=settings.hosted_zone_id,
            settings=ci,
        )

        workflows.allow_state(settings.state, keys=[stack.state_key for stack in stacks])

        TerraformOutput(self, "diff_role_arn", value=workflows.diff_role_arn)
        TerraformOutput(self, "deploy_role_arn", value=workflows.deploy_role_arn)
