"""Where the state of the other stacks lies."""

from constructs import Construct

from modules.state_bucket import StateBucket
from settings import Settings, StateSettings
from stacks.stack import AwsStack


class StateStack(AwsStack):
    """The bucket of an environment whose state is in S3, made once. Its own state lies beside the output folder."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, s3_use_path_style: bool) -> None:
        state = settings.state
        here = {"state": StateSettings(), "region": state.region or settings.region}
        super().__init__(scope, id_, settings=settings.model_copy(update=here), s3_use_path_style=s3_use_path_style)

        assert state.bucket  # noqa: S101 - tells mypy what the settings have checked
        StateBucket(self, "bucket", name=state.bucket, kms_key_arn=state.kms_key_arn)
