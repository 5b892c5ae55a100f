"""Who connects to whom."""

from cdktf_cdktf_provider_aws.flow_log import FlowLog
from constructs import Construct

from modules.iam import Role
from modules.key import Key
from modules.log_group import LogGroup
from modules.vpc.network import Network


class FlowLogs(Construct):
    """A record of every connection in the network, made or refused, in a log group.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, network: Network, retention_days: int, key: Key | None
    ) -> None:
        super().__init__(scope, id_)

        logs = LogGroup(self, "group", name=f"/vpc/{name}", retention_days=retention_days, key=key)
        role = Role(self, "role", name=f"{name}-flow-logs", assumed_by="vpc-flow-logs.amazonaws.com")
        # AWS's list but for CreateLogGroup: the group is there.
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        role.allow(
            "WriteLogs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resources=[f"{logs.arn}:*"],
        )
        # AWS takes no ARN here:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
        role.allow("FindLogGroup", actions=["logs:DescribeLogGroups"], resources=["*"])
        FlowLog(
            self,
            "Default",
            vpc_id=network.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=logs.arn,
            iam_role_arn=role.arn,
            tags={"Name": name},
            depends_on=role.rights,
        )
