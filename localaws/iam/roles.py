"""Clients for the local AWS, unrestricted or bound to an assumed role.

IAM authorizes each call of a role's client before the client sends it, with the policies that exist at that time.
"""

import threading

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from localaws import clients
from localaws.clients import Client
from localaws.control import DecisionRecord
from localaws.iam import policies
from localaws.iam.caller import Caller
from localaws.iam.evaluation import Decision, Iam, Request
from localaws.iam.service_authorization import requests_for
from localaws.json_types import JsonObject

CODEPIPELINE = "codepipeline.amazonaws.com"
CODEBUILD = "codebuild.amazonaws.com"
ECS_TASKS = "ecs-tasks.amazonaws.com"
EVENTS = "events.amazonaws.com"

_NAMES = {CODEPIPELINE: "CodePipeline", CODEBUILD: "CodeBuild", EVENTS: "EventBridge"}


class AssumeRoleError(Exception):
    """A denied AssumeRole; the message names the service, the role and the reason."""


class Aws:
    """The APIs of a local AWS in one region. Several threads may use the clients at the same time.

    Every decision of IAM is appended to `decisions`.
    """

    def __init__(self, endpoint: str, key: ReadOnlyCredentials, region: str, decisions: list[DecisionRecord]) -> None:
        self.region = region
        self._decisions = decisions
        self._iam = Iam()
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Client] = {}
        self._lock = threading.Lock()  # boto3 cannot create clients in two threads at the same time
        self._session = clients.session(key)

    def client(self, service: str) -> Client:
        """Return an unrestricted client, for the data that AWS itself reads."""
        return self._client(None, service)

    def assume_role(self, role_arn: str, principal: str) -> "AssumedRole":
        """Assume a role.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

        Args:
            role_arn: The ARN of the role.
            principal: The principal that assumes the role: `codebuild.amazonaws.com`, or the ARN of another role.

        Raises:
            AssumeRoleError: The role does not exist, or IAM denies AssumeRole.
        """
        refusal = f"{_NAMES.get(principal, principal)} is not authorized to perform AssumeRole on role {role_arn}"
        role = AssumedRole(self, role_arn)
        try:
            decision = self.decide(principal, Request("sts:AssumeRole", role_arn), account=role.account)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            raise AssumeRoleError(f"{refusal}: the role does not exist") from None
        if not decision.allowed:
            raise AssumeRoleError(f"{refusal} {decision.why}")
        return role

    def decide(self, principal: str, request: Request, *, account: str) -> Decision:
        """Decide a request, and record the decision. `principal` is the ARN of a role or a service principal."""
        full = Request(request.action, request.resource, _context(principal, account, self.region, request))
        decision = self._iam.decide(
            principal, full, policies.deployed(self.client, principal, request), account=account
        )
        self._decisions.append(
            {
                "principal": principal,
                "action": full.action,
                "resource": full.resource,
                "context": full.context,
                "allowed": decision.allowed,
                "by": list(decision.by),
                "message": decision.message,
                "why": decision.why,
            }
        )
        return decision

    def _client(self, role: "AssumedRole | None", service: str) -> Client:
        with self._lock:
            key = (role.arn if role else "", service)
            if key not in self._clients:
                client = clients.client(self._session, service, region=self.region, endpoint=self._endpoint)
                if role:
                    client.meta.events.register("provide-client-params", role.authorize)
                self._clients[key] = client
            return self._clients[key]


class AssumedRole:
    """A role that a service has assumed; `Aws.assume_role` returns it."""

    def __init__(self, aws: Aws, arn: str) -> None:
        self.arn = arn
        self.account = arn.split(":")[4]
        self.region = aws.region
        self._aws = aws

    def client(self, service: str) -> Client:
        """Return a client. IAM authorizes each call of the client.

        A call raises ClientError if IAM denies the call, or if the role or a KMS key of the call does not exist. A call
        raises NotImplementedError if `service_authorization` does not have the operation.
        """
        return self._aws._client(self, service)

    def authorize(self, *, params: JsonObject, model: OperationModel, **_: object) -> None:
        """Raise ClientError for a call that IAM denies. The client itself refuses invalid parameters."""
        if model.input_shape and ParamValidator().validate(params, model.input_shape).has_errors():
            return
        caller = Caller(self.arn.split(":")[1], self.region, self.account, self._aws.client)
        for request in requests_for(caller, model.service_model.service_name, model.name, params):
            decision = self._aws.decide(request.principal or self.arn, request, account=self.account)
            if not decision.allowed:
                raise _access_denied(decision.message, model)


def _context(principal: str, account: str, region: str, request: Request) -> dict[str, str]:
    """Return the condition keys of a request.

    Each service sets aws:SourceAccount, except CodePipeline: its documentation does not name this key. Here, no service
    sets aws:SourceArn, so a trust policy with a condition on aws:SourceArn denies AssumeRole.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-service-role-cli.html
    """
    common = {"aws:ResourceAccount": account, "aws:RequestedRegion": region, "aws:SecureTransport": "true"}
    if not principal.startswith("arn:"):
        source = {} if principal == CODEPIPELINE else {"aws:SourceAccount": account}
        of_principal = {**source, "aws:PrincipalIsAWSService": "true"}
    else:
        of_principal = {
            "aws:PrincipalArn": principal,
            "aws:PrincipalAccount": principal.split(":")[4],
            "aws:PrincipalIsAWSService": "false",
        }
    return {**common, **of_principal, **request.context}


def _access_denied(message: str, model: OperationModel) -> ClientError:
    code = "AccessDenied" if model.service_model.metadata["protocol"] == "rest-xml" else "AccessDeniedException"
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(answer, model.name)  # type: ignore[arg-type]  # the stubs want all metadata of an HTTP answer
