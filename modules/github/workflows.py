"""What the workflows of a GitHub repository may do."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from constructs import Construct

from modules.account import account_id, partition
from modules.github.terraform_rights import (
    CHANGE,
    CREATE,
    GRANT_KEYS,
    LOOK,
    LOOK_AROUND,
    NAME_ENDPOINTS,
    OBJECTS,
    USE_KEYS,
    Place,
)
from modules.iam import Federation, Role, SharedRights
from settings import CiSettings, StateSettings

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"

_PASSED_TO = [
    f"{service}.amazonaws.com"
    for service in ("codebuild", "codepipeline", "ecs-tasks", "events", "states", "vpc-flow-logs")
]
_LINKED_SERVICES = [f"{service}.amazonaws.com" for service in ("ecs", "elasticloadbalancing", "rds")]


class Workflows(Construct):
    """Two roles for the workflows of one repository, assumed with GitHub's tokens, without a stored key.

    `diff_role_arn` is for a job on a pull request or on the branch. It reads how things are, not what they hold, and
    changes nothing but the state's lock. `deploy_role_arn` is for a job on the branch that GitHub has let into its
    environment of the same name, after an approval if that asks for one. It may make, change and destroy what the
    system named `name` is made of, and no other of what AWS lets have a name; its own role is none of these. Of
    hosted zones it is the one with `hosted_zone_id`, or any where the system makes its own. But it writes the policies
    of the system's roles, and passes these on: in effect it administers the account.

    Without `oidc_provider_arn` it creates the account's provider for GitHub; an account takes one.
    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        environment: str,
        region: str,
        hosted_zone_id: str | None,
        settings: CiSettings,
    ) -> None:
        super().__init__(scope, id_)

        provider_arn = settings.oidc_provider_arn or self._provider().arn
        repository, ref = f"repo:{settings.repository}", f"refs/heads/{settings.branch}"
        diff = Role(
            self,
            "diff_role",
            name=f"github-{name}-diff",
            assumed_by=_federation(provider_arn, {"sub": [f"{repository}:pull_request", f"{repository}:ref:{ref}"]}),
        )
        deploy = Role(
            self,
            "deploy_role",
            name=f"github-{name}-deploy",
            assumed_by=_federation(provider_arn, {"sub": f"{repository}:environment:{environment}", "ref": ref}),
        )
        place = Place(partition(self), region, account_id(self), name, hosted_zone_id or "*")
        # Two policies, for one takes 6,144 characters.
        look_around = SharedRights(self, "look_around", name=f"github-{name}-look-around")
        look = SharedRights(self, "look", name=f"github-{name}-look")

        look_around.allow("LookAround", actions=LOOK_AROUND, resources=["*"])
        # The provider asks for a database by the id that AWS made up for it, and so for all there are.
        look.allow("LookForDatabases", actions=["rds:DescribeDBInstances"], resources=place.of("rds", "db:*"))
        look.allow(
            "Look",
            actions=LOOK,
            # To look for parameters by their path takes the path.
            resources=[
                *place.own(LOOK),
                *place.of("route53", "change/*"),
                *place.of("ssm", "parameter/service/{0}"),
            ],
        )
        for role in (diff, deploy):
            role.share(look_around)
            role.share(look)
        deploy.allow(
            "Change",
            actions=CHANGE,
            resources=[*place.own(CHANGE), *place.of("kms", "alias/{0}"), *place.of("s3", *OBJECTS)],
        )
        # An inline policy takes 10,240 characters, which the names of the system's own fill.
        delegate = SharedRights(self, "delegate", name=f"github-{name}-delegate")
        delegate.allow("Create", actions=CREATE, resources=["*"])
        delegate.allow("NameEndpoints", actions=NAME_ENDPOINTS, resources=place.of("route53", "hostedzone/*"))
        through = {"kms:ViaService": [f"{service}.{region}.amazonaws.com" for service in ("rds", "secretsmanager")]}
        keys = place.of("kms", "key/*")
        delegate.allow("UseKeys", actions=USE_KEYS, resources=keys, conditions={"StringEquals": through})
        delegate.allow(
            "GrantKeys",
            actions=GRANT_KEYS,
            resources=keys,
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringEquals": through},
        )
        delegate.allow(
            "PassRoles",
            actions=["iam:PassRole"],
            resources=place.own(["iam:PassRole"]),
            conditions={"StringEquals": {"iam:PassedToService": _PASSED_TO}},
        )
        delegate.allow(
            "LinkServices",
            actions=["iam:CreateServiceLinkedRole"],
            resources=place.of("iam", "role/aws-service-role/*"),
            conditions={"StringEquals": {"iam:AWSServiceName": _LINKED_SERVICES}},
        )
        deploy.share(delegate)

        self._diff_role = diff
        self._deploy_rights = delegate
        self.diff_role_arn = diff.arn
        self.deploy_role_arn = deploy.arn

    def allow_state(self, state: StateSettings, *, keys: Sequence[str]) -> None:
        """Let a diff read the state under these keys, and lock it; a deployment writes it, too.

        https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
        """
        bucket = f"arn:{partition(self)}:s3:::{state.bucket}"
        files = [f"{bucket}/{key}" for key in keys]
        locks = [f"{file}.tflock" for file in files]
        for rights in (self._diff_role, self._deploy_rights):
            rights.allow("ListState", actions=["s3:ListBucket"], resources=[bucket])
            rights.allow("LockState", actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], resources=locks)
            if state.kms_key_arn:
                rights.allow(
                    "DecryptState", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[state.kms_key_arn]
                )
        self._diff_role.allow("ReadState", actions=["s3:GetObject"], resources=files)
        self._deploy_rights.allow("WriteState", actions=["s3:GetObject", "s3:PutObject"], resources=files)

    def _provider(self) -> IamOpenidConnectProvider:
        return IamOpenidConnectProvider(self, "provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])


def _federation(provider_arn: str, claims: dict[str, str | list[str]]) -> Federation:
    """GitHub's tokens for AWS with these claims."""
    conditions = {f"{ISSUER}:{claim}": value for claim, value in {"aud": AUDIENCE, **claims}.items()}
    return Federation(provider_arn, {"StringEquals": conditions})
