"""Clients for the local AWS, unrestricted or bound to an assumed role.

IAM authorizes each call of a role's client before the client sends it, with the policies that exist at that time.
"""

import threading
from functools import partial

from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.validate import ParamValidator

from localaws import clients
from localaws.clients import Client
from localaws.iam.caller import Caller
from localaws.iam.evaluation import Decide, Request
from localaws.iam.service_authorization import requests_for
from localaws.json_types import JsonObject

ACCOUNT_HEADER = "x-moto-account-id"
CODEPIPELINE = "codepipeline.amazonaws.com"
CODEBUILD = "codebuild.amazonaws.com"
ECS_TASKS = "ecs-tasks.amazonaws.com"
EVENTS = "events.amazonaws.com"

_NAMES = {CODEPIPELINE: "CodePipeline", CODEBUILD: "CodeBuild", EVENTS: "EventBridge"}


class AssumeRoleError(Exception):
    """A denied AssumeRole; the message names the service, the role and the reason."""


class Aws:
    """The APIs of a local AWS in one region. Several threads may use the clients at the same time.

    Args:
        endpoint: The address of the local AWS.
        key: Signs the requests.
        region: The region.
        decide: IAM, which decides the calls of roles.
    """

    def __init__(self, endpoint: str, key: ReadOnlyCredentials, region: str, decide: Decide) -> None:
        self.region = region
        self.decide = decide
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Client] = {}
        self._lock = threading.Lock()  # boto3 cannot create clients in two threads at the same time
        self._session = clients.session(key)

    def client(self, service: str, account: str = "") -> Client:
        """Return an unrestricted client, for data that AWS reads internally, without a role.

        Args:
            service: The name of the service in botocore.
            account: The account, by default that of the key.
        """
        return self._client(None, service, account)

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
        request = Request("sts:AssumeRole", role_arn)
        decision = self.decide(principal, request, account=role.account, region=self.region)
        if decision.allowed:
            return role
        iam = self.client("iam")
        try:
            iam.get_role(RoleName=role_arn.rpartition("/")[2])
        except iam.exceptions.NoSuchEntityException:
            raise AssumeRoleError(f"{refusal}: the role does not exist") from None
        raise AssumeRoleError(f"{refusal} {decision.why}")

    def _client(self, role: "AssumedRole | None", service: str, account: str = "") -> Client:
        with self._lock:
            key = (role.arn if role else account, service)
            if key not in self._clients:
                client = clients.client(self._session, service, region=self.region, endpoint=self._endpoint)
                if role:
                    client.meta.events.register("provide-client-params", role.authorize)
                elif account:
                    client.meta.events.register("before-sign", partial(_name_account, account))
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
            decision = self._aws.decide(
                request.principal or self.arn, request, account=self.account, region=self.region
            )
            if not decision.allowed:
                raise _access_denied(decision.message, model)


def _name_account(account: str, request: AWSRequest, **_: object) -> None:
    """Name the account of a request for moto, which otherwise uses the account of the key.

    https://docs.getmoto.org/en/latest/docs/multi_account.html
    """
    request.headers[ACCOUNT_HEADER] = account


def _access_denied(message: str, model: OperationModel) -> ClientError:
    code = "AccessDenied" if model.service_model.metadata["protocol"] == "rest-xml" else "AccessDeniedException"
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(answer, model.name)  # type: ignore[arg-type]  # the stubs want all metadata of an HTTP answer
