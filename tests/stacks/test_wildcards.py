"""Every `*` in a policy, with the AWS page that shows why it cannot be narrower."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from settings import CiSettings, PushSettings
from tests.support.lists import listed
from tests.support.synthesized import EVERYTHING, Json, Stack, System, system

REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_{}.html".format
NAMES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"
# AWS assigns the name or a part of it: an id, a number, or a suffix.
ID, OBJECT, STREAM = f"{NAMES}: an id", f"{NAMES}: objects of the bucket", f"{NAMES}: streams of the group"
PREFIX = f"{NAMES}: the end of a name, which AWS or a part of the system makes up"
KEYS = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html: * is the key itself"
KMS = "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-kms.html: as AWS writes them"
PIPELINES = "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html: the least it needs"
DENY = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html: a refusal is for everybody"

Star = tuple[str, str]
"""The statement, and in it the action, resource or principal. A reference is `…`."""

OF_THE_SYSTEM = {
    ("Administer", "*"): KEYS,
    ("EncryptLogs", "*"): KEYS,
    ("UseForSessions", "*"): KEYS,
    ("GrantToRds", "*"): KEYS,
    ("Use", "*"): KEYS,
    ("UseThroughServices", "*"): KEYS,
    **{
        (sid, action): KMS
        for sid in ("EncryptLogs", "Use", "UseKey", "UseThroughServices")
        for action in ("kms:GenerateDataKey*", "kms:ReEncrypt*")
    },
    **{(sid, text): DENY for sid in ("RefuseForeignAccounts", "RefusePlainHttp") for text in ("*", "s3:*", "…/*")},
    ("DeliverLogs", "…/AWSLogs/…/*"): OBJECT,
    ("BuildArtifacts", "…/*"): OBJECT,
    ("CarryArtifacts", "…/*"): OBJECT,
    ("WriteLogs", "…:*"): STREAM,
    ("OpenSessions", "*"): REFERENCE("amazonmessagegatewayservice"),
    ("OpenSessions", "ecs:…:task/shop-prod/*"): ID,
    ("ForwardPorts", "ecs:…:task/shop-prod/*"): ID,
    ("EncryptSessions", "kms:…:key/*"): ID,
    ("FindSessionLog", "*"): REFERENCE("amazoncloudwatchlogs"),
    ("WriteSessionLog", "…:*"): STREAM,
    ("RegisterTaskDefinition", "*"): PIPELINES,
    ("TagTaskDefinition", "ecs:…:task-definition/…:*"): ID,
    ("DescribeRevision", "*"): REFERENCE("amazonelasticcontainerservice"),
    ("ListTasks", "*"): REFERENCE("amazonelasticcontainerservice"),
    ("DescribeTasks", "ecs:…:task/…/*"): ID,
    ("LogInToTheRegistry", "*"): REFERENCE("amazonelasticcontainerregistry"),
    ("FindLogGroup", "*"): REFERENCE("amazoncloudwatchlogs"),
    ("DescribeTasks", "ecs:…:task/shop-prod/*"): ID,
    ("RunTask", "ecs:…:task-definition/shop-prod:*"): ID,
    ("StopTask", "ecs:…:task/shop-prod/*"): ID,
    ("ViewRevisions", "*"): REFERENCE("amazonelasticcontainerservice"),
    ("ViewParameters", "*"): REFERENCE("awssystemsmanager"),
    ("ViewLoadBalancers", "*"): REFERENCE("awselasticloadbalancingv2"),
    ("ViewNetwork", "*"): REFERENCE("amazonec2"),
    ("ViewServiceLog", "logs:…:log-group:/ecs/shop-prod:*"): STREAM,
    ("ViewBuildLog", "logs:…:log-group:/aws/codebuild/shop-prod-image-definitions:*"): STREAM,
    ("ViewDatabaseLog", "logs:…:log-group:/aws/rds/instance/shop-prod/postgresql:*"): STREAM,
    ("FindZone", "*"): REFERENCE("amazonroute53"),
    ("ViewZone", "route53:::hostedzone/*"): ID,
    ("FindAlarms", "cloudwatch:…:alarm:*"): PREFIX,
    ("ViewAlarms", "cloudwatch:…:alarm:shop-prod*"): PREFIX,
    ("ListCertificates", "*"): REFERENCE("awscertificatemanager"),
    ("ViewCertificate", "acm:…:certificate/*"): ID,
    ("ViewDatabaseSecret", "secretsmanager:…:secret:rds!db-*"): PREFIX,
}
OF_PUSHES = {
    ("LogInToTheRegistry", "*"): REFERENCE("amazonelasticcontainerregistry"),
    ("ListTasks", "*"): REFERENCE("amazonelasticcontainerservice"),
    ("DescribeTasks", "ecs:…:task/shop-prod/*"): ID,
}
RIGHTS = "the tests of modules/github/terraform_rights.py "
OF_WORKFLOWS = {
    **OF_PUSHES,
    ("LookAround", "*"): RIGHTS + "have AWS's data say that none of these actions takes an ARN",
    ("Create", "*"): RIGHTS + "likewise: there is nothing yet; for ecs:RegisterTaskDefinition " + PIPELINES,
    ("LookForDatabases", "rds:…:db:*"): ID,
    ("LinkServices", "iam:…:role/aws-service-role/*"): PREFIX,
    ("NameEndpoints", "route53:::hostedzone/*"): ID,
    ("UseKeys", "kms:…:key/*"): ID,
    ("GrantKeys", "kms:…:key/*"): ID,
    ("Change", "kms:…:key/*"): ID,
    **{
        (sid, text): why
        for sid in ("Look", "Change")
        for text, why in {
            "acm:…:certificate/*": ID,
            "ec2:…:*": ID,
            "ecs:…:task-definition/shop-prod:*": ID,
            "kms:…:key/*": ID,
            "rds:…:og:default:*": PREFIX,
            "route53:::hostedzone/*": ID,
        }.items()
    },
    **{
        ("Change", f"logs:…:log-group:{group}:*"): STREAM
        for group in (
            "/aws/codebuild/shop-prod-image-definitions",
            "/aws/ecs/containerinsights/shop-prod/performance",
            "/aws/rds/instance/shop-prod/postgresql",
            "/ecs/shop-prod",
            "/ecs/shop-prod/exec",
            "/vpc/shop-prod",
        )
    },
    **{
        ("Change", f"elasticloadbalancing:…:{text}"): ID
        for text in ("listener/app/shop-prod/*", "loadbalancer/app/shop-prod/*", "targetgroup/app-*/*")
    },
    ("Change", "secretsmanager:…:secret:rds!*"): ID,
    **{
        ("Change", f"s3:::shop-prod-{use}-{'?' * 26}/*"): OBJECT
        for use in (
            "artifacts",
            "lb-logs",
        )
    },
    ("Look", "route53:::change/*"): ID,
    ("Look", "s3:GetBucket*"): f"{REFERENCE('amazons3')}: reads how a bucket is, never what it holds",
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> System:
    """Return the stacks of an environment with all options."""
    ci, push = CiSettings(repository="acme/shop"), PushSettings(repository="acme/app")
    with_ci = EVERYTHING.model_copy(update={"ci": ci, "push": push, "role_arn": None})
    return system(tmp_path_factory.mktemp("everything"), with_ci)


def wildcards(stack: Stack) -> Iterator[Star]:
    for statement in statements(stack):
        assert not {"NotAction", "NotPrincipal", "NotResource"} & statement.keys()
        for part in ("Action", "Resource", "Principal"):
            value = statement.get(part, [])
            for text in value if isinstance(value, list) else [value]:
                if "*" in str(text):
                    short = re.sub(r"\$\{[^}]*\}", "…", str(text)).removeprefix("arn:…:")
                    yield statement["Sid"], re.sub(r":us-east-1:…:|::…:", ":…:", short)


def statements(stack: Stack) -> Iterator[Json]:
    """Yield every statement of every policy, except trust policies, which have no resource."""
    for resources in stack.json["resource"].values():
        for resource in resources.values():
            if "Statement" in (text := resource.get("policy", "")):
                yield from json.loads(text)["Statement"]


def test_each_star_in_the_systems_policies_is_one_that_aws_asks_for(everything: System) -> None:
    found = {each for name in ("prod-registry", "prod-dns", "prod-main") for each in wildcards(everything[name])}

    listed.check(faults(found, OF_THE_SYSTEM, "OF_THE_SYSTEM"))


def test_each_star_in_the_workflows_policies_is_one_that_aws_asks_for(everything: System) -> None:
    listed.check(faults(wildcards(everything["prod-ci"]), OF_WORKFLOWS, "OF_WORKFLOWS"))


def faults(found: Iterable[Star], reasons: Iterable[Star], name: str) -> list[str]:
    """Return a line for each star that a list does not have, and for each entry of the list without a star."""
    return listed.faults(
        found,
        reasons,
        place=f"tests/stacks/test_wildcards.py, {name}",
        entry=lambda star: f'("{star[0]}", "{star[1]}")',
        end=": <AWS's page with the reason for the *>",
    )


def test_a_star_without_a_reason_is_named() -> None:
    place = "tests/stacks/test_wildcards.py, OF_THE_SYSTEM"
    assert faults([("ReadUploads", "…/*")], [("WriteLogs", "…:*")], "OF_THE_SYSTEM") == [
        f'{place}: add ("ReadUploads", "…/*"): <AWS\'s page with the reason for the *>',
        f'{place}: remove ("WriteLogs", "…:*"); nothing needs it',
    ]


def test_no_trust_policy_is_for_everybody(everything: System) -> None:
    trusts = [
        json.loads(role["assume_role_policy"])["Statement"]
        for stack in everything.values()
        for role in stack.resources("aws_iam_role").values()
    ]

    assert len(trusts) > 8
    assert "*" not in json.dumps(trusts)


def attached_from_elsewhere(stack: Stack) -> list[str]:
    """Return what grants permissions to a role outside of the stack's own policies."""
    known = {f"${{aws_iam_policy.{name}.arn}}" for name in stack.resources("aws_iam_policy")}
    return [
        *(
            f"{name}: {each['policy_arn']}"
            for name, each in stack.resources("aws_iam_role_policy_attachment").items()
            if each["policy_arn"] not in known
        ),
        *(
            f"{name}: {part}"
            for name, role in stack.resources("aws_iam_role").items()
            for part in ("inline_policy", "managed_policy_arns")
            if part in role
        ),
        *stack.resources("aws_iam_policy_attachment"),
    ]


def test_every_policy_of_a_role_is_written_here(everything: System) -> None:
    assert [found for stack in everything.values() for found in attached_from_elsewhere(stack)] == []


def test_a_policy_from_outside_the_stack_is_named(tmp_path: Path) -> None:
    """The statements of an attached policy in the stack count as those of the role."""
    deploy, file = "${aws_iam_role.deploy.name}", tmp_path / "cdk.tf.json"
    resources = {
        "aws_iam_role": {"deploy": {}, "other": {"managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}},
        "aws_iam_policy": {"own": {"policy": json.dumps({"Statement": [{"Sid": "Own", "Action": ["s3:Get*"]}]})}},
        "aws_iam_role_policy_attachment": {
            "own": {"role": deploy, "policy_arn": "${aws_iam_policy.own.arn}"},
            "admin": {"role": "admin", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        },
        "aws_iam_policy_attachment": {"exclusive": {}},
    }
    file.write_text(json.dumps({"resource": resources}))
    stack = Stack(file)

    assert [statement["Sid"] for statement in stack.statements("deploy")] == ["Own"]
    assert list(wildcards(stack)) == [("Own", "s3:Get*")]
    assert attached_from_elsewhere(stack) == [
        "admin: arn:aws:iam::aws:policy/AdministratorAccess",
        "other: managed_policy_arns",
        "exclusive",
    ]
