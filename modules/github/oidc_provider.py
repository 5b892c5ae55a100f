"""The OIDC provider for GitHub, and the jobs that a role can trust."""

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from constructs import Construct

from modules.iam import Federation
from settings import GitHubSettings

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


class OidcProvider(Construct):
    """The account's OIDC provider for GitHub. An account can have only one such provider.

    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif

    Args:
        existing_arn: The ARN of the provider if it exists. Without `existing_arn`, the construct creates the provider.
    """

    def __init__(self, scope: Construct, id_: str, *, existing_arn: str | None) -> None:
        super().__init__(scope, id_)

        self.arn = existing_arn or self._create().arn

    def _create(self) -> IamOpenidConnectProvider:
        return IamOpenidConnectProvider(self, "Default", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])


def jobs(provider: OidcProvider, claims: Mapping[str, str | list[str]]) -> Federation:
    """Return the jobs with tokens for AWS that have these claims."""
    conditions = {f"{ISSUER}:{claim}": value for claim, value in {"aud": AUDIENCE, **claims}.items()}
    return Federation(provider.arn, {"StringEquals": conditions})


def jobs_in_environment(provider: OidcProvider, github: GitHubSettings, *, environment: str) -> Federation:
    """Return the jobs of a repository on its branch that run in a GitHub environment.

    GitHub starts such a job after the approvals that the GitHub environment requires.
    """
    subject = f"repo:{github.repository}:environment:{environment}"
    return jobs(provider, {"sub": subject, "ref": branch_ref(github)})


def branch_ref(github: GitHubSettings) -> str:
    """Return the branch as GitHub's tokens name it."""
    return f"refs/heads/{github.branch}"
