"""CloudWatch log groups."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from modules.account import arn
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


def grant_view(role: Role, sid: str, *, environment: Environment, name: str, streams: bool) -> None:
    """Let the role read the events of a log group, which need not exist.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html

    Args:
        role: The role.
        sid: The id of the statement.
        environment: The region.
        name: The name of the log group.
        streams: Whether the role can also read a single stream from its end.
    """
    group = arn(role, "logs", environment.region, f"log-group:{name}")
    actions = ["logs:FilterLogEvents", *(["logs:GetLogEvents"] if streams else [])]
    role.allow(sid, actions=actions, resources=[group, f"{group}:*"])
