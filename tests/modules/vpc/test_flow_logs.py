"""The flow logs of the VPC."""

from tests.support.synthesized import Stack, System

GROUP = "${aws_cloudwatch_log_group.flow_logs_group.arn}"


def test_every_connection_of_the_vpc_is_logged(main: Stack) -> None:
    assert main.resource("aws_flow_log") == {
        "vpc_id": "${aws_vpc.network.id}",
        "traffic_type": "ALL",
        "log_destination_type": "cloud-watch-logs",
        "log_destination": GROUP,
        "iam_role_arn": "${aws_iam_role.flow_logs_role.arn}",
        "tags": {"Name": "example-app-dev"},
        "depends_on": ["aws_iam_role_policy.flow_logs_role_rights"],
    }


def test_the_log_is_kept_for_30_days(main: Stack) -> None:
    assert main.resources("aws_cloudwatch_log_group")["flow_logs_group"] == {
        "name": "/vpc/example-app-dev",
        "retention_in_days": 30,
    }


def test_its_role_writes_there_and_nowhere_else(main: Stack) -> None:
    assert main.statements("flow_logs_role") == [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            "Resource": [f"{GROUP}:*"],
        },
        {"Sid": "FindLogGroup", "Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": ["*"]},
    ]


def test_they_can_be_left_out(prod: System) -> None:
    assert [address for address in prod["prod-main"].addresses() if "flow_log" in address] == []
