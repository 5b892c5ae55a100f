"""What the workflows of a GitHub repository may do."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from constructs import Construct

from modules.iam import Federation, Role
from settings import CiSettings, StateSettings

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"

# What the AWS provider 5.100.0 was seen to ask of the system at a diff: how things are, never what they hold.
_LOOK = [
    "acm:DescribeCertificate",
    "acm:ListTagsForCertificate",
    "codebuild:BatchGetProjects",
    "codepipeline:GetPipeline",
    "codepipeline:ListTagsForResource",
    "ec2:Describe*",
    "ecr:DescribeRepositories",
    "ecr:GetLifecyclePolicy",
    "ecr:ListTagsForResource",
    "ecs:Describe*",
    "elasticloadbalancing:Describe*",
    "events:DescribeRule",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
    "rds:DescribeDBInstances",
    "rds:DescribeDBParameterGroups",
    "rds:DescribeDBParameters",
    "rds:DescribeDBSubnetGroups",
    "rds:ListTagsForResource",
    "route53:GetHostedZone",
    "route53:ListResourceRecordSets",
    "route53:ListTagsForResource",
    "s3:GetAccelerateConfiguration",
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
]
# The services that the system is made of, and RDS's key for the password that it keeps in Secrets Manager.
_SERVICES = ["acm", "codebuild", "codepipeline", "ec2", "ecr", "ecs", "elasticloadbalancing", "events", "logs", "rds"]
_SERVICES += ["route53", "s3", "secretsmanager"]
_KEYS = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
_ROLES = [
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
]
_PASSED_TO = [f"{service}.amazonaws.com" for service in ("codebuild", "codepipeline", "ecs-tasks", "events")]
_LINKED_SERVICES = [f"{service}.amazonaws.com" for service in ("ecs", "elasticloadbalancing", "rds")]


class Workflows(Construct):
    """Two roles for the workflows of one repository, assumed with GitHub's tokens, without a stored key.

    `diff_role_arn` is for a job on a pull request or on the branch. It reads how things are, not what they hold, and
    changes nothing but the state's lock. `deploy_role_arn` is for a job on the branch that GitHub has let into its
    environment of the same name, after an approval if that asks for one. It may do all in the services that the system
    is made of; of IAM, it may only make roles whose names begin with `name`, as its own does not.

    Without `oidc_provider_arn` it creates the account's provider for GitHub; an account takes one.
    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, environment: str, settings: CiSettings) -> None:
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
        account = DataAwsCallerIdentity(self, "account").account_id
        partition = DataAwsPartition(self, "partition").partition
        roles = f"arn:{partition}:iam::{account}:role/{name}-*"

        diff.allow("Look", actions=_LOOK, resources=["*"])
        deploy.allow("Deploy", actions=[f"{service}:*" for service in _SERVICES], resources=["*"])
        deploy.allow("UseKeys", actions=_KEYS, resources=["*"])
        deploy.allow("MakeRoles", actions=_ROLES, resources=[roles])
        deploy.allow(
            "PassRoles",
            actions=["iam:PassRole"],
            resources=[roles],
            conditions={"StringEquals": {"iam:PassedToService": _PASSED_TO}},
        )
        deploy.allow(
            "LinkServices",
            actions=["iam:CreateServiceLinkedRole"],
            resources=["*"],
            conditions={"StringEquals": {"iam:AWSServiceName": _LINKED_SERVICES}},
        )

        self._partition = partition
        self._diff_role = diff
        self.diff_role_arn = diff.arn
        self.deploy_role_arn = deploy.arn

    def allow_state(self, state: StateSettings, *, keys: Sequence[str]) -> None:
        """Let a diff read the state under these keys, and lock it. A deployment may write it besides, as all in S3.

        https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
        """
        bucket = f"arn:{self._partition}:s3:::{state.bucket}"
        files = [f"{bucket}/{key}" for key in keys]
        locks = [f"{file}.tflock" for file in files]
        self._diff_role.allow("ReadState", actions=["s3:GetObject"], resources=files)
        self._diff_role.allow("LockState", actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], resources=locks)
        if state.kms_key_arn:
            self._diff_role.allow(
                "DecryptState", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[state.kms_key_arn]
            )

    def _provider(self) -> IamOpenidConnectProvider:
        return IamOpenidConnectProvider(self, "provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])


def _federation(provider_arn: str, claims: dict[str, str | list[str]]) -> Federation:
    """GitHub's tokens for AWS with these claims."""
    conditions = {f"{ISSUER}:{claim}": value for claim, value in {"aud": AUDIENCE, **claims}.items()}
    return Federation(provider_arn, {"StringEquals": conditions})
