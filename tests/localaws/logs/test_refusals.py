"""Requests that CloudWatch Logs and the local AWS refuse, and moto alone accepts."""

import json
import time

from localaws.logs import refusals
from tests.support.localaws.fixes import REGION, Client, case, refusal


@case(
    refusals.a_log_group_that_cannot_be,
    in_aws=[
        "InvalidParameterException: Log groups starting with AWS/ are reserved for AWS.",
        "AccessDeniedException",
        "",
    ],
)
def test_log_groups_with_a_reserved_name_and_with_keys(client: Client) -> object:
    logs, kms = client("logs"), client("kms")
    statement = {"Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"}, "Action": "kms:*"}
    keys = [
        kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))["KeyMetadata"]["Arn"]
        for statements in ([], [statement | {"Resource": "*"}])
    ]
    return [
        refusal(logs.create_log_group, logGroupName="aws/shop"),
        *(refusal(logs.create_log_group, logGroupName="/shop", kmsKeyId=key).partition(":")[0] for key in keys),
    ]


@case(
    refusals.a_malformed_filter_pattern,
    in_aws=[
        "InvalidParameterException: Invalid filter pattern: Invalid character(s) in term 'user@example.com'",
        "InvalidParameterException: If a filter pattern starts with '{' it must end with '}'",
        "",
    ],
)
def test_malformed_and_valid_filter_patterns(client: Client) -> object:
    logs, name = client("logs"), f"/patterns/{time.time_ns()}"
    logs.create_log_group(logGroupName=name)
    patterns = ("user@example.com", "{ $.level = 1", '"user@example.com"')
    return [refusal(logs.filter_log_events, logGroupName=name, filterPattern=pattern) for pattern in patterns]
