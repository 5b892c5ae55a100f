"""VPC flow logs."""

from cdktf_cdktf_provider_aws.flow_log import FlowLog
from constructs import Construct

from modules.environment import Environment
from modules.iam import Role
from modules.log_group import LogGroup
from modules.vpc.network import Network


class FlowLogs(Construct):
    """A record of every accepted and rejected connection in the network, in a log group.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment, network: Network) -> None:
        super().__init__(scope, id_)

        logs = LogGroup(self, "group", environment=environment, name=f"/vpc/{environment.name}")
        role = Role(self, "role", name=environment.role_name("flow-logs"), assumed_by="vpc-flow-logs.amazonaws.com")
        # These are the actions that AWS lists, without CreateLogGroup, because the log group exists.
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        role.allow(
            "WriteLogs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            resources=[f"{logs.arn}:*"],
        )
        # DescribeLogGroups supports no ARN of a group:
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
            tags={"Name": environment.name},
            depends_on=[role.inline_policy],
        )
