"""CloudWatch log groups."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from modules.environment import Environment
from modules.iam import Role


class LogGroup(Construct):
    """A log group with the environment's retention and encryption.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment, name: str) -> None:
        super().__init__(scope, id_)

        environment.encryption.allow_log_group(name)
        self.resource = CloudwatchLogGroup(
            self,
            "Default",
            name=name,
            retention_in_days=environment.log_retention_days,
            kms_key_id=environment.encryption.key_arn,
        )
        """The log group, for the `depends_on` of a resource that would otherwise create the group."""

        self.arn = self.resource.arn
        self.name = self.resource.name

    def grant_write(self, role: Role) -> None:
        """Let the role write into streams of the group.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        role.allow("WriteLogs", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[f"{self.arn}:*"])
