"""The policies that apply to a request, read from moto's state at the time of the request.

These are the policies and the permissions boundary of the principal, and the resource policies of roles, keys and
buckets. Other policies are not read: the policies of organizations, repositories, secrets and other resources.
"""

import json
import os

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import ManagedPolicy, Role, iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from localaws.iam.evaluation import Policies, Request
from localaws.json_types import JsonObject

_ADMINISTRATOR = {
    "name": "AdministratorAccess",
    "policy": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
}
"""https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html"""


def administrator(partition: str) -> str:
    """Return the ARN of the user who has the key of the run. The user is an administrator of the account."""
    account = os.environ.get("MOTO_ACCOUNT_ID", DEFAULT_ACCOUNT_ID)
    return f"arn:{partition}:iam::{account}:user/administrator"


def deployed(principal: str, request: Request) -> Policies:
    """Return the policies of a principal, and the policy of the resource in its request.

    A role that does not exist has no policies. The caller holds the lock on moto's state.

    Args:
        principal: The ARN of a role or of the administrator. Services and OIDC providers have no policies.
        request: The request.
    """
    resource = _of_resource(request)
    if ":user/" in principal:
        return Policies(identity=(_ADMINISTRATOR,), resource=resource)
    role = _role(principal) if ":role/" in principal else None
    return _of(role, resource) if role else Policies(resource=resource)


def of_role(arn: str, account: str) -> Policies:
    """Return the policies of a role, and a resource policy that trusts the policies of the account.

    The caller holds the lock on moto's state.

    Args:
        arn: The ARN of the role, which exists.
        account: The account of the resource.

    Raises:
        LookupError: The role does not exist.
    """
    role = _role(arn)
    if not role:
        raise LookupError(f"{arn} does not exist")
    return _of(role, _policy(account))


def _of(role: Role, resource: JsonObject | None) -> Policies:
    inline = [{"name": name, "policy": json.loads(text)} for name, text in role.policies.items()]
    attached = [{"name": policy.name, "policy": _document(policy)} for policy in role.managed_policies.values()]
    return Policies(identity=(*inline, *attached), boundary=_boundary(role), resource=resource)


def _role(arn: str) -> Role | None:
    _, partition, _, _, account, name = arn.split(":")
    roles = iam_backends[account][partition].get_roles()
    return next((role for role in roles if role.name == name.rpartition("/")[2]), None)


def _document(policy: ManagedPolicy) -> JsonObject:
    [default] = [version for version in policy.versions if version.version_id == policy.default_version_id]
    document: JsonObject = json.loads(default.document)
    return document


def _boundary(role: Role) -> JsonObject | None:
    arn = role.permissions_boundary_arn
    return _document(iam_backends[role.account_id][role.partition].get_policy(arn)) if arn else None


def _of_resource(request: Request) -> JsonObject | None:
    """Return the trust policy of a role, or the policy of a key or bucket. A bucket may have no policy.

    A role that does not exist trusts nobody. A key that does not exist yet gets a key policy only after the request, so
    until then it trusts the policies of its account.
    """
    text: str | bytes | None = None
    match request.action.partition(":")[0]:
        case "sts":
            role = _role(request.resource)
            text = role.assume_role_policy_document if role else json.dumps(_policy())
        case "kms" if ":key/" in request.resource:
            _, _, _, region, account, name = request.resource.split(":")
            backend, key = kms_backends[account][region], name.removeprefix("key/")
            text = backend.get_key_policy(key) if key in backend.keys else json.dumps(_policy(account))
        case "s3":
            name = request.resource.rpartition(":")[2].partition("/")[0]
            if owner := s3_backends.bucket_accounts.get(name):
                partition, account = owner
                text = s3_backends[account][partition].buckets[name].policy
    document: JsonObject | None = json.loads(text) if text else None
    return document


def _policy(*accounts: str) -> JsonObject:
    """Return a resource policy that trusts the policies of these accounts."""
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"} for account in accounts
    ]
    return {"Version": "2012-10-17", "Statement": statements}
