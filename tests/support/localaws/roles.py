"""Roles of a local AWS or of moto alone, and their sessions, as a client outside has them."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from localaws import clients as local_clients
from localaws.iam.roles import ACCOUNT_HEADER
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


def role_of_account(aws: LocalAws, account: str, name: str, *rights: dict[str, Any]) -> str:
    """Return the ARN of a role of another account, which trusts the account of the tests; create the role.

    https://docs.getmoto.org/en/latest/docs/multi_account.html
    """
    iam = aws.client("iam")
    iam.meta.events.register("before-sign", lambda request, **_: request.headers.add_header(ACCOUNT_HEADER, account))
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUSTS_THE_ACCOUNT)
    if rights:
        iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy(*rights))
    return f"arn:aws:iam::{account}:role/{name}"


def credentials(answer: dict[str, Any]) -> ReadOnlyCredentials:
    """Return the credentials in an answer of STS."""
    issued = answer["Credentials"]
    return ReadOnlyCredentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])


def client(aws: LocalAws, key: ReadOnlyCredentials, service: str) -> Any:
    """Return a client of a service with the credentials of a session."""
    return local_clients.client(
        local_clients.session(key), service, region=aws.region, endpoint=aws.endpoint, checks=False
    )


def with_web_identity(aws: LocalAws, role: str, given: str) -> tuple[int, dict[str, Any]]:
    """Call AssumeRoleWithWebIdentity, and return the status and the answer."""
    return signed(aws, "AssumeRoleWithWebIdentity", RoleArn=role, RoleSessionName="job", WebIdentityToken=given)


def signed(aws: LocalAws, operation: str, **members: str) -> tuple[int, dict[str, Any]]:
    """Call an operation of STS that SDKs do not sign, signed with the key of the run."""
    body = urlencode({"Action": operation, "Version": "2011-06-15", **members})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{aws.endpoint}/", form, body)
    SigV4Auth(aws.key, "sts", aws.region).add_auth(request)
    answer = URLLib3Session(proxies={}).send(request.prepare())
    sts = aws.client("sts")
    shape = sts.meta.service_model.operation_model(operation).output_shape
    received = {"status_code": answer.status_code, "headers": answer.headers, "body": answer.content}
    return answer.status_code, sts._response_parser.parse(received, shape)
