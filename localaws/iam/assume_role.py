"""The requests to IAM for the calls that assume a role: the trust policy of the role decides.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime

from localaws.api_models.decode import Call
from localaws.clients import Client
from localaws.iam.evaluation import Request
from localaws.iam.reference import actions
from localaws.json_types import JsonObject

WITH_WEB_IDENTITY = "AssumeRoleWithWebIdentity"
_SESSION_POLICIES = ("Policy", "PolicyArns")


class TokenError(Exception):
    """A refused token of an OIDC provider; `code` is AWS's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def assuming(call: Call, caller: str, iam: Client) -> Iterator[tuple[str, Request]]:
    """Yield the requests to IAM for a call that assumes a role, each with its principal.

    Args:
        call: The call.
        caller: The ARN of the caller, who is the principal of AssumeRole.
        iam: An unrestricted client of IAM, to look up the OIDC provider.

    Raises:
        NotImplementedError: The call has session policies, or assumes a role with SAML.
        TokenError: The token is refused.
    """
    role, members = call.members["RoleArn"], call.members
    if call.operation.name not in ("AssumeRole", WITH_WEB_IDENTITY):
        raise NotImplementedError(f"localaws/iam/assume_role.py: {call.operation.name} is not implemented")
    if given := next((name for name in _SESSION_POLICIES if members.get(name)), None):
        raise NotImplementedError(f"localaws/iam/assume_role.py: {given} is not implemented; leave it out")
    context = {"sts:RoleSessionName": members["RoleSessionName"]}
    if call.operation.name == WITH_WEB_IDENTITY:
        provider, claims = _verified(members["WebIdentityToken"], account=role.split(":")[4], iam=iam)
        yield provider, Request("sts:AssumeRoleWithWebIdentity", role, context | claims)
        return
    if external := members.get("ExternalId"):
        context["sts:ExternalId"] = external
    yield caller, Request("sts:AssumeRole", role, context)
    if members.get("Tags"):
        yield caller, Request("sts:TagSession", role)
    if identity := members.get("SourceIdentity"):
        yield caller, Request("sts:SetSourceIdentity", role, {"sts:SourceIdentity": identity})


def _verified(token: str, *, account: str, iam: Client) -> tuple[str, dict[str, str]]:
    """Return the ARN of the OIDC provider of a token, and the condition keys for the claims of the token.

    The signature of the token is not verified, because the local AWS does not ask the provider for its keys.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    claims = _claims(token)
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    providers = [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    arn = next((one for one in providers if one.endswith(f":{account}:oidc-provider/{issuer}")), None)
    if not issuer or arn is None:
        message = f"No OpenIDConnect provider found in your account for https://{issuer}"
        raise TokenError("InvalidIdentityToken", message)
    clients = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]
    audience = claims.get("azp") or claims.get("aud")
    if audience not in clients:
        raise TokenError("InvalidIdentityToken", "Incorrect token audience")
    if claims.get("exp", 0) <= datetime.now(UTC).timestamp():
        raise TokenError("ExpiredTokenException", "Token expired: the claim exp is in the past")
    return arn, {
        f"{issuer}:{name}": str(value)
        for name, value in (claims | {"aud": audience}).items()
        if name in {"aud", "sub"} or _is_key(f"{issuer}:{name}")
    }


def _claims(token: str) -> JsonObject:
    try:
        _, payload, _ = token.split(".")
        claims: JsonObject = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        raise TokenError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from None
    return claims


def _is_key(name: str) -> bool:
    """Return whether AWS has a condition key for a claim."""
    action = actions.find("sts:AssumeRoleWithWebIdentity")
    return action is not None and name in action.condition_keys
