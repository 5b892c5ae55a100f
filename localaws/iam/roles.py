"""The one door to the AWS API: as AWS itself, or as a role that an AWS service acts for.

Every call that is made for a role goes through `ActingRole.client`, and is made only if IAM allows it by the policies
of the role and of what the call is about, read as they are deployed at that moment.
"""

import threading
from dataclasses import asdict
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from localaws import clients
from localaws.iam import policies
from localaws.iam.call import Place
from localaws.iam.evaluation import Decision, Iam, Request
from localaws.iam.service_authorization import asked

CODEPIPELINE = "codepipeline.amazonaws.com"
CODEBUILD = "codebuild.amazonaws.com"
ECS_TASKS = "ecs-tasks.amazonaws.com"
EVENTS = "events.amazonaws.com"

_NAMES = {CODEPIPELINE: "CodePipeline", CODEBUILD: "CodeBuild", EVENTS: "EventBridge"}


class RoleRefusedError(Exception):
    """A service may not act for a role; the message says which, and why."""


class Aws:
    """The API of one local AWS in one region. Its clients may be used by several threads at once.

    Whatever IAM decides is added to `decisions`, with what it was asked.
    """

    def __init__(self, endpoint: str, key: ReadOnlyCredentials, region: str, decisions: list[dict[str, Any]]) -> None:
        self.region = region
        self._decisions = decisions
        self._iam = Iam()
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()  # making a client is not safe in two threads at once, using one is
        self._session = clients.session(key)

    def client(self, service: str) -> Any:
        """Give the client with which AWS itself reads what is deployed."""
        return self._client(None, service)

    def acting_for(self, role_arn: str, principal: str) -> "ActingRole":
        """Let a service (`codebuild.amazonaws.com`) or a role (its ARN) act for a role, if IAM lets it.

        The role's trust policy has a say in that, and the policies of a role that wants to act for it.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        """
        refusal = f"{_NAMES.get(principal, principal)} is not authorized to perform AssumeRole on role {role_arn}"
        role = ActingRole(self, role_arn)
        try:
            decision = self.decide(principal, Request("sts:AssumeRole", role_arn), account=role.account)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            raise RoleRefusedError(f"{refusal}: the role does not exist") from None
        if not decision.allowed:
            raise RoleRefusedError(f"{refusal} {decision.why}")
        return role

    def decide(self, principal: str, request: Request, *, account: str) -> Decision:
        """Have IAM decide a request of a role (its ARN) or of a service, and keep what it decided."""
        full = Request(request.action, request.resource, _context(principal, account, self.region, request))
        decision = self._iam.decide(
            principal, full, policies.deployed(self.client, principal, request), account=account
        )
        self._decisions.append({**asdict(full), **asdict(decision), "principal": principal})
        return decision

    def _client(self, role: "ActingRole | None", service: str) -> Any:
        with self._lock:
            key = (role.arn if role else "", service)
            if key not in self._clients:
                client = clients.client(self._session, service, region=self.region, endpoint=self._endpoint)
                if role:
                    client.meta.events.register("provide-client-params", role.authorize)
                self._clients[key] = client
            return self._clients[key]


class ActingRole:
    """A role that a service has been let act for; made by `Aws.acting_for`."""

    def __init__(self, aws: Aws, arn: str) -> None:
        self.arn = arn
        self.account = arn.split(":")[4]
        self.region = aws.region
        self._aws = aws

    def client(self, service: str) -> Any:
        """Give the client through which every call for this role goes; one that IAM denies raises AWS's own error.

        So does one for a role or a key that is gone; NotImplementedError one of which nobody knows what it asks of IAM.
        """
        return self._aws._client(self, service)

    def authorize(self, *, params: dict[str, Any], model: OperationModel, **_: object) -> None:
        """Ask IAM before a call is made, unless it is one that the API's own client refuses."""
        if ParamValidator().validate(params, model.input_shape).has_errors():
            return
        place = Place(self.arn.split(":")[1], self.region, self.account, self._aws.client)
        for request in asked(place, model.service_model.service_name, model.name, params):
            decision = self._aws.decide(request.principal or self.arn, request, account=self.account)
            if not decision.allowed:
                raise _access_denied(decision.message, model)


def _context(principal: str, account: str, region: str, request: Request) -> dict[str, str]:
    """The condition keys that any request has.

    A service says for whose account it acts, but for CodePipeline, whose page knows no such condition. None says here
    for which resource (`aws:SourceArn`): a trust policy that wants to know trusts nobody.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-service-role-cli.html
    """
    everybody = {"aws:ResourceAccount": account, "aws:RequestedRegion": region, "aws:SecureTransport": "true"}
    if not principal.startswith("arn:"):
        source = {} if principal == CODEPIPELINE else {"aws:SourceAccount": account}
        own = {**source, "aws:PrincipalIsAWSService": "true"}
    else:
        own = {
            "aws:PrincipalArn": principal,
            "aws:PrincipalAccount": principal.split(":")[4],
            "aws:PrincipalIsAWSService": "false",
        }
    return {**everybody, **own, **request.context}


def _access_denied(message: str, model: OperationModel) -> ClientError:
    code = "AccessDenied" if model.service_model.metadata["protocol"] == "rest-xml" else "AccessDeniedException"
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(answer, model.name)  # type: ignore[arg-type]  # the stubs want all metadata of an HTTP answer
