"""The permissions of the workflows of a GitHub repository."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from modules.github.terraform_rights import READ, WRITE, SystemArns
from settings import NAME_LIMIT
from tests.support.lists import listed
from tests.support.lists.resource_types import PARTS, types
from tests.support.synthesized import DEV, EVERYTHING, PROD, ROOT, Json, Stack, System, system
from tests.support.workflow_roles import ACCOUNT, PARTITION, ci, statement


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> System:
    return system(tmp_path_factory.mktemp("everything"), EVERYTHING)


def test_the_diff_role_reads_configuration_and_no_data(dev_ci: Stack) -> None:
    around, look = statement(dev_ci, "diff", "LookAround"), statement(dev_ci, "diff", "Look")

    actions = around["Action"] + look["Action"]
    verbs = {action.partition(":")[2] for action in actions}
    assert {
        verb for verb in verbs if not verb.startswith(("Describe", "List", "Get", "BatchGetProjects", "Val"))
    } == set()
    holding = {"s3:GetObject", "ecr:BatchGetImage", "logs:GetLogEvents", "secretsmanager:GetSecretValue", "kms:Decrypt"}
    assert holding & set(actions) == set()
    assert around["Resource"] == ["*"]
    assert "*" not in look["Resource"]


def test_the_page_on_security_lists_what_the_diff_role_reads(dev_ci: Stack) -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    section = page.partition("\n## What the diff role can read\n")[2].partition("\n## ")[0]
    around, on_arns = (table.splitlines() for table in section.split("\n**The other actions support an ARN.**"))

    def actions(table: list[str]) -> set[str]:
        rows = [re.match(r"\| `(\w+)` \| `([\w* ]+)` \|", line) for line in table]
        return {f"{row[1]}:{action}" for row in rows if row for action in row[2].split()}

    of_state = {"ListState", "LockState", "DecryptState", "ReadState"}
    sids = {each["Sid"] for each in dev_ci.statements("workflows_diff_role")}
    assert sids == {"LookAround", "LookForDatabases", "Look"} | of_state
    for table, rows, sid in (("first", around, "LookAround"), ("second", on_arns, "Look")):
        listed.check(missing_reads(set(statement(dev_ci, "diff", sid)["Action"]), actions(rows), table))
    nameless = {
        (service, resource)
        for sid in ("LookForDatabases", "Look")
        for _, _, service, _, _, resource in (arn.split(":", 5) for arn in statement(dev_ci, "diff", sid)["Resource"])
        if "example-app-dev" not in resource
    }
    cells = [line.split("|") for line in on_arns if line.startswith("| `")]
    listed.check(
        listed.faults(
            nameless,
            {(cell[1].strip(" `"), found) for cell in cells for found in re.findall(r"`(\S*\*)`", cell[3])},
            place='SECURITY.md, second table of "What the diff role can read", column of resources',
            entry=lambda one: f"`{one[1]}` in the row of `{one[0]}`",
        )
    )


def missing_reads(allowed: set[str], shown: set[str], table: str) -> list[str]:
    """Return a line for each read action that a table of SECURITY.md does not have, and for each action too many."""
    return listed.faults(
        allowed,
        shown,
        place=f'SECURITY.md, {table} table of "What the diff role can read"',
        entry=lambda action: "`{1}` in the row of `{0}`".format(*action.split(":")),
        end=", and say what the action shows",
    )


def test_a_read_action_that_the_page_lacks_is_named() -> None:
    [line] = missing_reads({"sns:GetTopicAttributes"}, set(), "second")

    assert line.startswith('SECURITY.md, second table of "What the diff role can read": add `GetTopicAttributes` in')


def test_the_deploy_role_changes_only_own_or_unnamed_resources(dev_ci: Stack) -> None:
    def here(service: str, resource: str) -> str:
        return f"{service}:eu-central-1:{ACCOUNT}:{resource}"

    own = [resource.removeprefix(f"arn:{PARTITION}:") for resource in statement(dev_ci, "deploy", "Change")["Resource"]]

    assert [resource for resource in own if "example-app-dev" not in resource] == [
        here("acm", "certificate/*"),
        here("ec2", "*"),
        here("elasticloadbalancing", "targetgroup/app-*/*"),
        here("kms", "key/*"),
        here("rds", "og:default:*"),
        "route53:::hostedzone/*",
        here("secretsmanager", "secret:rds!*"),
    ]
    assert {
        here("ecs", "service/example-app-dev/example-app-dev"),
        f"s3:::example-app-dev-artifacts-{'?' * 26}",
    } < set(own)


def test_only_resources_without_an_arn_are_created_without_one(dev_ci: Stack) -> None:
    anywhere = {
        each["Sid"]: each["Action"] for each in dev_ci.statements("workflows_deploy_role") if "*" in each["Resource"]
    }

    assert anywhere.pop("LookAround") == statement(dev_ci, "diff", "LookAround")["Action"]
    assert anywhere == {
        "Create": [
            "acm:RequestCertificate",
            "ecs:RegisterTaskDefinition",
            "kms:CreateKey",
            "route53:CreateHostedZone",
        ]
    }


def test_only_actions_that_read_buckets_are_patterns(dev_ci: Stack) -> None:
    both = dev_ci.statements("workflows_diff_role") + dev_ci.statements("workflows_deploy_role")

    assert {action for each in both for action in each["Action"] if "*" in action} == {"s3:GetBucket*"}


def test_the_rights_fit_into_policies_whatever_the_names(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    longest = DEV.model_copy(update={"app": "a" * (NAME_LIMIT - len("-dev")), "region": "ap-southeast-1"})
    longest = longest.model_copy(update={"hosted_zone_id": "Z" * 32})
    state = PROD.state.model_copy(update={"bucket": "b" * 63, "prefix": "p" * 256})
    stack = ci(tmp_path, longest, state=state)

    def size(policy: str) -> int:
        real = policy.replace(PARTITION, "aws").replace(ACCOUNT, "123456789012")
        return len(re.sub(r"\s", "", real))

    for role in ("diff", "deploy"):
        inline, *managed = map(size, stack.policies(f"workflows_{role}_role"))
        listed.check(too_large(role, [inline], 10_240) + too_large(role, managed, 6_144))
    assert "$" not in "".join(stack.policies("workflows_deploy_role")).replace(PARTITION, "").replace(ACCOUNT, "")


def too_large(role: str, sizes: list[int], limit: int) -> list[str]:
    """Return a line for each policy of a role that is larger than IAM's limit."""
    return [
        f"modules/github/workflows.py, {role} role: a policy must have at most {limit} characters, has {size}; "
        "move some of its actions into another managed policy"
        for size in sizes
        if size > limit
    ]


def test_a_policy_that_is_too_large_is_named() -> None:
    [line] = too_large("deploy", [10_240, 10_241], 10_240)

    assert line.startswith("modules/github/workflows.py, deploy role: a policy must have at most 10240 characters, has")


def test_the_deploy_role_changes_only_a_known_hosted_zone(tmp_path: Path) -> None:
    stack = ci(tmp_path, DEV.model_copy(update={"hosted_zone_id": "Z0123456789"}))

    zones = {
        each["Sid"]: resource
        for each in stack.statements("workflows_deploy_role")
        for resource in each["Resource"]
        if ":hostedzone/" in resource
    }
    own, of_aws = (f"arn:{PARTITION}:route53:::hostedzone/{zone}" for zone in ("Z0123456789", "*"))
    assert zones == {"Look": own, "Change": own, "NameEndpoints": of_aws}


def test_an_existing_zone_is_looked_for_among_all_zones(dev_ci: Stack) -> None:
    assert "route53:ListHostedZones" in statement(dev_ci, "diff", "LookAround")["Action"]


NAMED = {
    "aws_acm_certificate": "acm:…:certificate/*",
    "aws_cloudwatch_event_rule": "events:…:rule/{}",
    "aws_cloudwatch_log_group": "logs:…:log-group:{}",
    "aws_codebuild_project": "codebuild:…:project/{}",
    "aws_codepipeline": "codepipeline:…:{}",
    "aws_db_instance": "rds:…:db:{}",
    "aws_db_parameter_group": "rds:…:pg:{}",
    "aws_db_subnet_group": "rds:…:subgrp:{}",
    "aws_ecr_repository": "ecr:…:repository/{}",
    "aws_ecs_cluster": "ecs:…:cluster/{}",
    "aws_ecs_service": "ecs:…:service/{0}/{0}",
    "aws_ecs_task_definition": "ecs:…:task-definition/{}:*",
    "aws_iam_role": "iam:…:role/{}",
    "aws_kms_alias": "kms:…:{}",
    "aws_kms_key": "kms:…:key/*",
    "aws_lb": "elasticloadbalancing:…:loadbalancer/app/{}/*",
    "aws_lb_target_group": "elasticloadbalancing:…:targetgroup/app-*/*",
    "aws_route53_zone": "route53:::hostedzone/*",
    "aws_s3_bucket": "s3:::{}",
    "aws_sfn_state_machine": "states:…:stateMachine:{}",
    "aws_ssm_parameter": "ssm:…:parameter{}",
    **dict.fromkeys(
        (
            *("aws_eip", "aws_flow_log", "aws_internet_gateway", "aws_nat_gateway", "aws_network_acl"),
            *("aws_route_table", "aws_security_group", "aws_subnet", "aws_vpc", "aws_vpc_endpoint"),
        ),
        "ec2:…:*",
    ),
}
"""The resource types of the system, with the patterns of their ARNs. `{}` is the name that the stacks give a resource.

An ARN without the name has `*`, because AWS generates the id. The types in `PARTS` have no ARN that a request names.
"""

NAME_ARGUMENTS = (
    "name",
    "identifier",
    "family",
)
"""Arguments with the name of a resource. The first of them that a resource has is its name."""

PREFIX_ARGUMENTS = ("name_prefix", "bucket_prefix")
"""Arguments with the beginning of a name. Terraform appends 26 characters."""


def name_of(type_: str, resource: Json) -> str:
    """Return the name of a resource in its ARN."""
    if prefix := next((resource[one] for one in PREFIX_ARGUMENTS if one in resource), None):
        return f"{prefix}{'?' * 26}"
    name: str | None = next((resource[one] for one in NAME_ARGUMENTS if one in resource), None)
    assert name, (
        f"tests/modules/github/test_terraform_rights.py, NAME_ARGUMENTS: add the argument with the name of {type_}"
    )
    return name


def declared(stacks: Iterable[Stack]) -> set[str]:
    """Return the ARNs of all resources in these stacks."""
    return {
        pattern.format(name_of(type_, resource)) if "{" in pattern else pattern
        for stack in stacks
        for type_, pattern in NAMED.items()
        for resource in stack.resources(type_).values()
    }


def without_pattern(types: set[str]) -> list[str]:
    """Return a line for each resource type without the pattern of its ARN."""
    return listed.faults(
        types - PARTS.keys(),
        NAMED,
        place="tests/modules/github/test_terraform_rights.py, NAMED",
        entry='"{}"'.format,
        end=': "<service>:…:<resource part of the ARN, with {} in place of the name>". If the resource is a part of '
        "another resource, add the type to PARTS in tests/support/lists/resource_types.py",
    )


def out_of_reach(arns: set[str], allowed: set[str]) -> list[str]:
    """Return a line for each of these ARNs that the deploy role may not change, and for each name without resource."""
    patterns = tuple(pattern.partition("{")[0] for pattern in NAMED.values() if "{" in pattern)
    named = {arn for arn in allowed if arn.startswith(patterns) and not arn.endswith("*")}

    def entry(arn: str) -> str:
        resource = re.sub(r"^\w+:(…:|::)", "", arn).replace("shop-prod", "{0}")
        return f'"{resource}" for {arn.partition(":")[0]}'

    return listed.faults(
        arns,
        named | (arns & allowed),
        place="modules/github/terraform_rights.py, _OWN",
        entry=entry,
        end=" (otherwise AWS denies the deployment of this resource)",
    )


def test_every_resource_type_has_the_pattern_of_its_arn(everything: System) -> None:
    listed.check(without_pattern(types(everything.values())))


def test_the_deploy_role_names_the_systems_resources(everything: System, tmp_path: Path) -> None:
    """With every option: a missing ARN could not be deployed, and another ARN would be another system's."""
    change = statement(ci(tmp_path, EVERYTHING), "deploy", "Change")["Resource"]

    allowed = {re.sub(r":[a-z0-9-]*:\$\{[^}]*\}:", ":…:", arn.removeprefix(f"arn:{PARTITION}:")) for arn in change}
    of_the_system = [stack for name, stack in everything.items() if name != "prod-ci"]  # a person deploys this stack
    listed.check(out_of_reach(declared(of_the_system), allowed))


def test_a_resource_that_the_deploy_role_cannot_change_is_named() -> None:
    alias = "gamelift:…:alias/shop-prod-news"
    [type_] = without_pattern({"aws_gamelift_alias", *NAMED})
    [arn] = out_of_reach({alias, "ec2:…:*"}, {"ec2:…:*"})
    [stale] = out_of_reach(set(), {"rds:…:db:shop-prod"})

    assert type_.startswith(
        'tests/modules/github/test_terraform_rights.py, NAMED: add "aws_gamelift_alias": "<service>:…:'
    )
    assert arn == (
        'modules/github/terraform_rights.py, _OWN: add "alias/{0}-news" for gamelift '
        "(otherwise AWS denies the deployment of this resource)"
    )
    assert stale == 'modules/github/terraform_rights.py, _OWN: remove "db:{0}" for rds; nothing needs it'
    with pytest.raises(AssertionError, match=r"NAME_ARGUMENTS: add the argument with the name of aws_gamelift_alias"):
        name_of("aws_gamelift_alias", {"description": "news"})


def test_a_service_without_arns_is_named() -> None:
    with pytest.raises(LookupError, match=r"terraform_rights\.py: _OWN has no entry for gamelift; add"):
        SystemArns("aws", "eu-central-1", "123456789012", "shop-dev", "*").own(["gamelift:CreateAlias"])


@pytest.mark.parametrize("neighbor", ["shop-dev-eu", "shop-dev2", "shop-development", "shop-dev-artifacts", "shop"])
def test_the_deploy_role_excludes_systems_with_the_same_prefix(neighbor: str) -> None:
    def arns(name: str) -> set[str]:
        arns = SystemArns("aws", "eu-central-1", "123456789012", name, "Z0123456789")
        return {*arns.own(WRITE), *arns.own(READ), *arns.of("kms", "alias/{0}")}

    shared = arns("shop-dev") & arns(neighbor)
    for its_own, others in (("shop-dev", neighbor), (neighbor, "shop-dev")):
        for arn in arns(others) - shared:
            real = arn.replace("?", "a").replace("*", "a")
            assert [pattern for pattern in arns(its_own) - shared if fnmatchcase(real, pattern)] == []


def test_only_what_aws_names_by_itself_is_shared_with_another_system() -> None:
    def own(name: str) -> set[str]:
        return set(SystemArns("aws", "eu-central-1", "1", name, "Z0123456789").own(WRITE))

    assert {arn.partition(":eu-central-1:1:")[2] or arn for arn in own("shop-dev") & own("shop-prod")} == {
        "certificate/*",
        "*",
        "targetgroup/app-*/*",
        "key/*",
        "og:default:*",
        "arn:aws:route53:::hostedzone/Z0123456789",
        "secret:rds!*",
    }


def test_the_deploy_role_creates_only_the_systems_roles(dev_ci: Stack) -> None:
    names = (
        *("events", "execution", "failed", "flow-logs", "image-definitions-build"),
        *("operator", "pipeline", "restart", "rotation", "stop", "task", "viewer"),
    )
    roles = [f"arn:{PARTITION}:iam::{ACCOUNT}:role/example-app-dev-{name}" for name in names]
    statements = {each["Sid"]: each for each in dev_ci.statements("workflows_deploy_role")}

    assert {
        sid: [resource for resource in each["Resource"] if ":iam:" in resource]
        for sid, each in statements.items()
        if "iam:" in str(each["Action"])
    } == {
        "Look": roles,
        "Change": roles,
        "PassRoles": roles,
        "LinkServices": [f"arn:{PARTITION}:iam::{ACCOUNT}:role/aws-service-role/*"],
    }
    assert statements["LinkServices"]["Condition"] == {
        "StringEquals": {
            "iam:AWSServiceName": ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com", "rds.amazonaws.com"]
        }
    }
    assert {role["name"] for role in dev_ci.resources("aws_iam_role").values()} == {
        "github-example-app-dev-diff",
        "github-example-app-dev-deploy",
    }


def test_the_deploy_role_passes_roles_only_to_their_services(dev_ci: Stack, dev: dict[str, Stack]) -> None:
    passed = statement(dev_ci, "deploy", "PassRoles")["Condition"]["StringEquals"]["iam:PassedToService"]

    trusts = [json.loads(role["assume_role_policy"]) for role in dev["dev-main"].resources("aws_iam_role").values()]
    assert set(passed) == {trust["Statement"][0]["Principal"]["Service"] for trust in trusts}


def test_the_deploy_role_uses_keys_only_through_aws_services(dev_ci: Stack) -> None:
    through = {"kms:ViaService": ["rds.eu-central-1.amazonaws.com", "secretsmanager.eu-central-1.amazonaws.com"]}
    keys = [f"arn:{PARTITION}:kms:eu-central-1:{ACCOUNT}:key/*"]

    assert statement(dev_ci, "deploy", "UseKeys") == {
        "Sid": "UseKeys",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": keys,
        "Condition": {"StringEquals": through},
    }
    assert statement(dev_ci, "deploy", "GrantKeys") == {
        "Sid": "GrantKeys",
        "Effect": "Allow",
        "Action": ["kms:CreateGrant"],
        "Resource": keys,
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringEquals": through},
    }
