"""Roles of a local AWS or of moto alone, and their sessions, as a client outside has them."""

import json
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from localaws import clients as local_clients
from localaws.server import LocalAws
from tests.support.localaws.aws_pipeline import ACCOUNT, policy
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


TRUSTS_THE_ACCOUNT = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})


def session(aws: LocalAws, name: str, *rights: dict[str, Any]) -> ReadOnlyCredentials:
    """Return the credentials of a session `cli` of a role with these statements; create the role if it is missing."""
    iam = aws.client("iam")
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUSTS_THE_ACCOUNT)
    except ClientError:
        iam.delete_role_policy(RoleName=name, PolicyName="rights")
    iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy(*rights))
    answer = aws.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="cli")
    return credentials(answer)


def credentials(answer: dict[str, Any]) -> ReadOnlyCredentials:
    """Return the credentials in an answer of STS."""
    issued = answer["Credentials"]
    return ReadOnlyCredentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])


def client(aws: LocalAws, key: ReadOnlyCredentials, service: str) -> Any:
    """Return a client of a service with the credentials of a session."""
    return local_clients.client(
        local_clients.session(key), service, region=aws.region, endpoint=aws.endpoint, checks=False
    )


def environment(aws: LocalAws, key: ReadOnlyCredentials) -> dict[str, str]:
    """Return the environment variables of a program that uses a session."""
    return aws.environment() | {
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_SESSION_TOKEN": key.token or "",
    }
