"""The policies that apply to a request, read through the AWS API at the time of the request.

These are the policies and the permissions boundary of the principal, and the resource policies of roles, keys and
buckets. Other policies are not read: the policies of organizations, repositories, secrets and other resources.
"""

import json

from botocore.exceptions import ClientError

from localaws.clients import Client
from localaws.iam.caller import ClientFactory
from localaws.iam.evaluation import Policies, Request
from localaws.json_types import JsonObject


def deployed(client: ClientFactory, principal: str, request: Request) -> Policies:
    """Return the policies of a principal, and the policy of the resource in its request.

    Args:
        client: The function that returns the client of a service.
        principal: The ARN of a role, or the principal of a service, which has no policies.
        request: The request.

    Raises:
        ClientError: The principal, or the role or key of the request, does not exist.
    """
    resource = _of_resource(client, request)
    if not principal.startswith("arn:"):
        return Policies(resource=resource)
    iam, name = client("iam"), principal.rpartition("/")[2]
    inline = [
        {"name": policy, "policy": iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]}
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    attached = [
        {"name": policy["PolicyName"], "policy": _managed(iam, policy["PolicyArn"])}
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    ]
    boundary = iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary")
    return Policies(
        identity=(*inline, *attached),
        boundary=_managed(iam, boundary["PermissionsBoundaryArn"]) if boundary else None,
        resource=resource,
    )


def _managed(iam: Client, arn: str) -> JsonObject:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: JsonObject = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document


def _of_resource(client: ClientFactory, request: Request) -> JsonObject | None:
    """Return the trust policy of a role, or the policy of a key or bucket. A bucket may have no policy."""
    match request.action.partition(":")[0]:
        case "sts":
            name = request.resource.rpartition("/")[2]
            trust: JsonObject = client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
            return trust
        case "kms":
            return _parsed(client("kms").get_key_policy(KeyId=request.resource, PolicyName="default")["Policy"])
        case "s3":
            bucket = request.resource.rpartition(":")[2].partition("/")[0]
            try:
                return _parsed(client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("NoSuchBucketPolicy", "NoSuchBucket"):
                    raise
    return None


def _parsed(text: str) -> JsonObject:
    document: JsonObject = json.loads(text)
    return document
