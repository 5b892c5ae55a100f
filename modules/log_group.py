"""Where logs go."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from modules.iam import Role
from modules.key import Key


class LogGroup(Construct):
    """A log group that forgets after some days, encrypted with the environment's key if it has one, else with AWS's.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, retention_days: int, key: Key | None) -> None:
        super().__init__(scope, id_)

        if key:
            key.admit_log_group(name)
        self.made = CloudwatchLogGroup(
            self, "Default", name=name, retention_in_days=retention_days, kms_key_id=key.arn if key else None
        )

        self.arn = self.made.arn
        self.name = self.made.name

    def grant_write(self, role: Role) -> None:
        """Let the role write into streams of the group.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        role.allow("WriteLogs", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[f"{self.arn}:*"])
