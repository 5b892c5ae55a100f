"""The stack with the IAM roles for CI."""

from collections.abc import Sequence

from cdktf import TerraformOutput
from constructs import Construct

from modules.github.workflows import Workflows
from settings import CiSettings, Settings
from stacks.stack import AwsStack


class CiStack(AwsStack):
    """The roles of a GitHub repository's workflows. A person deploys this stack before the workflows can run."""

    def __init__(
        self, scope: Construct, id_: str, *, settings: Settings, ci: CiSettings, stacks: Sequence[AwsStack]
    ) -> None:
        super().__init__(scope, id_, settings=settings)

        workflows = Workflows(self, "workflows", settings=settings, ci=ci)

        workflows.allow_state(settings.state, keys=[stack.state_key for stack in stacks])

        TerraformOutput(self, "diff_role_arn", value=workflows.diff_role_arn)
        TerraformOutput(self, "deploy_role_arn", value=workflows.deploy_role_arn)
