"""The stack with the bucket for the state of the other stacks."""

from constructs import Construct

from modules.state_bucket import StateBucket
from settings import Settings, StateSettings
from stacks.stack import AwsStack


class StateStack(AwsStack):
    """The state bucket of an environment that has its state in S3. The stack's own state is a local file."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        state = settings.state
        local = {"state": StateSettings(), "region": state.region or settings.region}
        super().__init__(scope, id_, settings=settings.model_copy(update=local))

        assert state.bucket  # noqa: S101 - tells mypy what the settings have checked
        StateBucket(self, "bucket", name=state.bucket, kms_key_arn=state.kms_key_arn)
