"""The roles of the workflows, under which a rehearsal with AS=ci plans and deploys, as GitHub's jobs do."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.credentials import ReadOnlyCredentials

from rehearsal.deployment import Deployment
from settings import CiSettings

ISSUER = "token.actions.githubusercontent.com"
VALID_SECONDS = 3_600

REPOSITORY = "owner/name"
"""The repository of the workflows if the settings have none."""


@dataclass(frozen=True)
class WorkflowRoles:
    """The stack with the two roles, and their sessions. The stack itself is deployed with the key of the rehearsal."""

    deployment: Deployment

    def deploy(self) -> str:
        """Deploy the stack with the roles, and return how many resources the deployment changed."""
        self.deployment.change_settings("ci", **self._ci.model_dump(exclude_none=True))
        return f"{self.deployment.cdktf.deploy(self.deployment.settings.stacks.ci)} resources"

    def assume(self) -> str:
        """Assume both roles with tokens like those of GitHub's jobs. The next plans and deployments use the sessions.

        Raises:
            ClientError: The trust policy of a role does not allow the job.
        """
        arns = self.deployment.cdktf.outputs(self.deployment.settings.stacks.ci)
        subject = f"repo:{self._ci.repository}"
        diff = self._session(arns["diff_role_arn"], sub=f"{subject}:pull_request")
        environment = f"{subject}:environment:{self.deployment.settings.environment}"
        deploy = self._session(arns["deploy_role_arn"], sub=environment, ref=f"refs/heads/{self._ci.branch}")
        self.deployment.act_as(planner=diff, deployer=deploy)
        return ", ".join(arn.rpartition("/")[2] for arn in arns.values())

    def destroy(self) -> str:
        """Destroy the stack with the roles, and return how many resources are destroyed."""
        key = self.deployment.aws.key
        self.deployment.act_as(planner=key, deployer=key)
        return f"{self.deployment.cdktf.destroy(self.deployment.settings.stacks.ci)} resources"

    @property
    def _ci(self) -> CiSettings:
        return self.deployment.settings.ci or CiSettings(repository=REPOSITORY)

    def _session(self, role_arn: str, **claims: str) -> ReadOnlyCredentials:
        sts = self.deployment.aws.client("sts")
        # AWS accepts this call without a signature, but the local AWS accepts only signed requests.
        sts.meta.events.register_first("choose-signer.sts.AssumeRoleWithWebIdentity", lambda **_: "v4")
        answer = sts.assume_role_with_web_identity(
            RoleArn=role_arn, RoleSessionName="rehearsal", WebIdentityToken=token(**claims)
        )
        issued = answer["Credentials"]
        return ReadOnlyCredentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])


def token(**claims: object) -> str:
    """Return a token like that of a GitHub job, without a signature, which the local AWS does not verify.

    https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims

    Args:
        claims: The claims of the job. They replace the issuer, the audience and the expiration of a new token.
    """
    now = int(datetime.now(UTC).timestamp())
    full = {"iss": f"https://{ISSUER}", "aud": "sts.amazonaws.com", "exp": now + VALID_SECONDS, **claims}
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, full)]
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
