"""Roles of a local AWS, or of moto alone."""

import json

from botocore.exceptions import ClientError

from tests.support.localaws.fixes import Client


def role(client: Client, name: str, service: str) -> str:
    """Return the ARN of a role that trusts a service; create the role if it does not exist."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        arn: str = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    except ClientError:
        arn = client("iam").get_role(RoleName=name)["Role"]["Arn"]
    return arn
