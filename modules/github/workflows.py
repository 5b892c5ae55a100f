"""The IAM roles of a GitHub repository's workflows."""

from collections.abc import Sequence

from constructs import Construct

from modules.account import account_id, partition
from modules.github.oidc_provider import OidcProvider, branch_ref, jobs, jobs_in_environment
from modules.github.terraform_rights import (
    ASSOCIATE_ZONES,
    CREATE,
    GRANT_KEYS,
    OBJECTS,
    READ,
    READ_ANY,
    USE_KEYS,
    WRITE,
    SystemArns,
)
from modules.iam import ManagedPolicy, Role
from modules.key import via_services
from settings import CiSettings, Settings, StateSettings
from settings.names import revision_path

_PASSED_TO = [
    f"{service}.amazonaws.com"
    for service in ("codebuild", "codepipeline", "ecs-tasks", "events", "states", "vpc-flow-logs")
]
_LINKED_SERVICES = [f"{service}.amazonaws.com" for service in ("ecs", "elasticloadbalancing", "rds")]


class Workflows(Construct):
    """Two roles for the workflows of one repository. The workflows use OIDC tokens, so GitHub stores no access key.

    The diff role is for jobs on a pull request or on the branch in the settings. The role reads the configuration of
    the system's resources, not their data. It reads the state, and writes only the lock of the state.

    The deploy role is for jobs on that branch in a GitHub environment. GitHub starts such a job after the approvals
    that the GitHub environment requires. The GitHub environment has the same name as the environment in the settings.
    The deploy role creates, changes and deletes the system's resources. AWS generates the names of some resources, such
    as subnets. The role can change and delete all such resources of the account and region. The role can also write the
    policies of the system's roles and pass these roles to AWS services, so in effect it can administer the account.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        ci: CiSettings,
        provider: OidcProvider,
    ) -> None:
        super().__init__(scope, id_)

        repository = f"repo:{ci.repository}"
        diff = Role(
            self,
            "diff_role",
            name=f"github-{settings.name}-diff",
            assumed_by=jobs(provider, {"sub": [f"{repository}:pull_request", f"{repository}:ref:{branch_ref(ci)}"]}),
        )
        deploy = Role(
            self,
            "deploy_role",
            name=f"github-{settings.name}-deploy",
            assumed_by=jobs_in_environment(provider, ci, environment=settings.environment),
        )
        arns = SystemArns(
            partition(self), settings.region, account_id(self), settings.name, settings.hosted_zone_id or "*"
        )
        for managed in self._read_policies(arns):
            diff.attach(managed)
            deploy.attach(managed)
        deploy.allow(
            "Change",
            actions=WRITE,
            resources=[*arns.own(WRITE), *arns.of("kms", "alias/{0}"), *arns.of("s3", *OBJECTS)],
        )
        delegate = self._delegation(arns)
        deploy.attach(delegate)

        self._diff_role = diff
        self._delegate_policy = delegate
        self.diff_role_arn = diff.arn
        self.deploy_role_arn = deploy.arn

    def allow_state(self, state: StateSettings, *, keys: Sequence[str]) -> None:
        """Let both roles read and lock the states with these keys, and let the deploy role write the states.

        https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
        """
        bucket = f"arn:{partition(self)}:s3:::{state.bucket}"
        files = [f"{bucket}/{key}" for key in keys]
        locks = [f"{file}.tflock" for file in files]
        for grantee in (self._diff_role, self._delegate_policy):
            grantee.allow("ListState", actions=["s3:ListBucket"], resources=[bucket])
            grantee.allow("LockState", actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], resources=locks)
            if state.kms_key_arn:
                grantee.allow(
                    "DecryptState", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[state.kms_key_arn]
                )
        self._diff_role.allow("ReadState", actions=["s3:GetObject"], resources=files)
        self._delegate_policy.allow("WriteState", actions=["s3:GetObject", "s3:PutObject"], resources=files)

    def _read_policies(self, arns: SystemArns) -> list[ManagedPolicy]:
        """Return the two policies that both roles have. One policy with all the actions would be too large for IAM."""
        anywhere = ManagedPolicy(self, "look_around", name=f"github-{arns.name}-look-around")
        anywhere.allow("LookAround", actions=READ_ANY, resources=["*"])
        # The AWS provider describes a database by the resource id that RDS generates, so the ARN must match any name.
        anywhere.allow("LookForDatabases", actions=["rds:DescribeDBInstances"], resources=arns.of("rds", "db:*"))
        system = ManagedPolicy(self, "look", name=f"github-{arns.name}-look")
        system.allow(
            "Look",
            actions=READ,
            resources=[
                *arns.own(READ),
                *arns.of("route53", "change/*"),
                # IAM authorizes GetParametersByPath on the path.
                *arns.of("ssm", f"parameter{revision_path('{0}')}"),
            ],
        )
        return [anywhere, system]

    def _delegation(self, arns: SystemArns) -> ManagedPolicy:
        """Return the policy that lets the deploy role create resources, and lets AWS services act for the deploy role.

        The policy is a managed policy, because the lists of actions already fill the role's inline policy.
        """
        delegate = ManagedPolicy(self, "delegate", name=f"github-{arns.name}-delegate")
        delegate.allow("Create", actions=CREATE, resources=["*"])
        delegate.allow("NameEndpoints", actions=ASSOCIATE_ZONES, resources=arns.of("route53", "hostedzone/*"))
        through = via_services(arns.region)
        keys = arns.of("kms", "key/*")
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
            resources=arns.own(["iam:PassRole"]),
            conditions={"StringEquals": {"iam:PassedToService": _PASSED_TO}},
        )
        delegate.allow(
            "LinkServices",
            actions=["iam:CreateServiceLinkedRole"],
            resources=arns.of("iam", "role/aws-service-role/*"),
            conditions={"StringEquals": {"iam:AWSServiceName": _LINKED_SERVICES}},
        )
        return delegate
