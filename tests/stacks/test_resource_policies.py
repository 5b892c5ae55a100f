"""The access that the policies of keys, buckets and roles give, and the need for each part of them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cdktf
import pytest

from localaws.iam.evaluation import Iam, Policies, Request
from stacks.state import StateStack
from tests.support.lists import listed
from tests.support.synthesized import EVERYTHING, OPERATOR_ARN, synthesize, system

ACCOUNT, FOREIGN = "123456789012", "999999999999"
SOMEBODY, STRANGER = (f"arn:aws:iam::{account}:role/somebody" for account in (ACCOUNT, FOREIGN))
PIPELINE = f"arn:aws:iam::{ACCOUNT}:role/pipeline_role"
LOGS, BALANCERS = "logs.us-east-1.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-96ef-1234567890ab"
ARTIFACTS, ACCESS_LOGS, STATE = (f"arn:aws:s3:::{name}" for name in ("pipeline_artifacts", "access_logs", "bucket"))
POLICIES = {
    KEY: "aws_kms_key.key",
    ARTIFACTS: "aws_s3_bucket_policy.pipeline_artifacts_tls_only",
    ACCESS_LOGS: "aws_s3_bucket_policy.access_logs_tls_only",
    STATE: "aws_s3_bucket_policy.bucket_tls_only",
}

ISSUER = "token.actions.githubusercontent.com"
GITHUB, OTHER_PROVIDER = (f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}" for issuer in (ISSUER, "idp.example.com"))
PUSH, ASSUME = f"arn:aws:iam::{ACCOUNT}:role/push", "sts:AssumeRoleWithWebIdentity"
PEOPLE = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("viewer", "operator")]
JOB = {
    f"{ISSUER}:aud": "sts.amazonaws.com",
    f"{ISSUER}:sub": "repo:acme/app:environment:prod",
    f"{ISSUER}:ref": "refs/heads/release/1",
}

VIA_RDS, VIA_S3 = ({"kms:ViaService": f"{service}.us-east-1.amazonaws.com"} for service in ("rds", "s3"))
FOR_AWS, FOR_ANYBODY = ({"kms:GrantIsForAWSResource": each} for each in ("true", "false"))
OWN_LOGS, OTHER_LOGS = (
    {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/{name}"}
    for name in ("shop-prod", "other")
)
OWN_TASK, OTHER_TASK = (
    {"kms:EncryptionContext:aws:ssm:TargetId": f"ecs:{cluster}_{'0' * 32}_{'0' * 32}-0123456789"}
    for cluster in ("shop-prod", "shop-prod-other")
)
TLS = {"aws:SecureTransport": "true", "aws:PrincipalAccount": ACCOUNT, "aws:PrincipalIsAWSService": "false"}
PLAIN, ABROAD = {**TLS, "aws:SecureTransport": "false"}, {**TLS, "aws:PrincipalAccount": FOREIGN}
SERVICE_ABROAD = {**ABROAD, "aws:PrincipalIsAWSService": "true"}
FOR_US, FOR_OTHERS = ({"aws:SourceAccount": account} for account in (ACCOUNT, FOREIGN))

Policy = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A call by a principal whose identity policies allow everything; without `rights`, nothing."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    rights: bool = True

    def is_let_in(self, policy: Policy, iam: Iam) -> bool:
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        own = {"name": "own", "policy": {"Version": "2012-10-17", "Statement": [everything]}}
        is_role = self.principal.startswith("arn:")
        request = Request(
            self.action, self.resource, {**self.context, **({"aws:PrincipalArn": self.principal} if is_role else {})}
        )
        policies = Policies(identity=(own,) if is_role and self.rights else (), resource=policy)
        return iam.decide(self.principal, request, policies, account=ACCOUNT).allowed


Promises = dict[str, tuple[bool, list[Case]]]
"""Promise to whether the policy allows its cases."""

OF: dict[str, Promises] = {
    KEY: {
        "the account administers it": (True, [Case(SOMEBODY, "kms:PutKeyPolicy", KEY)]),
        "to administer is not to use": (
            False,
            [Case(SOMEBODY, f"kms:{action}", KEY) for action in ("Decrypt", "CreateGrant")],
        ),
        "the account uses it through RDS": (True, [Case(SOMEBODY, "kms:Decrypt", KEY, VIA_RDS)]),
        "the account uses it through nothing else": (
            False,
            [Case(SOMEBODY, "kms:Decrypt", KEY, VIA_S3), Case(SOMEBODY, "kms:Decrypt", KEY, OWN_LOGS)],
        ),
        "RDS keeps it in use": (True, [Case(SOMEBODY, "kms:CreateGrant", KEY, VIA_RDS | FOR_AWS)]),
        "nobody hands it on": (
            False,
            [Case(SOMEBODY, "kms:CreateGrant", KEY, context) for context in (VIA_RDS | FOR_ANYBODY, FOR_AWS)],
        ),
        "the pipeline uses it": (True, [Case(PIPELINE, "kms:Decrypt", KEY, VIA_S3)]),
        "the pipeline uses it by its own policy": (False, [Case(PIPELINE, "kms:Decrypt", KEY, VIA_S3, rights=False)]),
        "CloudWatch Logs encrypts the system's logs": (True, [Case(LOGS, "kms:GenerateDataKey", KEY, OWN_LOGS)]),
        "CloudWatch Logs encrypts no others": (False, [Case(LOGS, "kms:GenerateDataKey", KEY, OTHER_LOGS)]),
        "the account uses it for sessions in the system's tasks": (
            True,
            [Case(SOMEBODY, f"kms:{action}", KEY, OWN_TASK) for action in ("Decrypt", "GenerateDataKey")],
        ),
        "the account uses it for no other sessions": (False, [Case(SOMEBODY, "kms:Decrypt", KEY, OTHER_TASK)]),
        "who uses it does no more": (
            False,
            [
                Case(SOMEBODY, "kms:Sign", KEY, VIA_RDS),
                Case(SOMEBODY, "kms:Sign", KEY, OWN_TASK),
                Case(PIPELINE, "kms:Sign", KEY),
                Case(LOGS, "kms:CreateGrant", KEY, OWN_LOGS),
            ],
        ),
        "another account gets nothing": (
            False,
            [
                Case(STRANGER, "kms:PutKeyPolicy", KEY),
                Case(STRANGER, "kms:Decrypt", KEY, VIA_RDS),
                Case(STRANGER, "kms:Decrypt", KEY, OWN_TASK),
                Case(STRANGER, "kms:CreateGrant", KEY, VIA_RDS | FOR_AWS),
            ],
        ),
    },
    **{
        bucket: {
            "the account uses it": (True, [Case(SOMEBODY, "s3:GetObject", f"{bucket}/object", TLS)]),
            "nobody comes without TLS": (
                False,
                [
                    Case(SOMEBODY, "s3:GetObject", f"{bucket}/object", PLAIN),
                    Case(SOMEBODY, "s3:ListBucket", bucket, PLAIN),
                ],
            ),
        }
        for bucket in (ARTIFACTS, ACCESS_LOGS, STATE)
    },
}
OF[ARTIFACTS] |= {
    "no other account comes": (
        False,
        [
            Case(SOMEBODY, "s3:GetObject", f"{ARTIFACTS}/object", ABROAD),
            Case(SOMEBODY, "s3:ListBucket", ARTIFACTS, ABROAD),
        ],
    ),
    "AWS's services come": (True, [Case(SOMEBODY, "s3:GetObject", f"{ARTIFACTS}/object", SERVICE_ABROAD)]),
}
OF[PUSH] = {
    "a job in the environment and on the branch assumes it": (True, [Case(GITHUB, ASSUME, PUSH, JOB)]),
    "no other job assumes it": (
        False,
        [Case(GITHUB, ASSUME, PUSH, JOB | {f"{ISSUER}:{claim}": "other"}) for claim in ("aud", "sub", "ref")],
    ),
    "nobody else assumes it": (False, [Case(who, ASSUME, PUSH, JOB) for who in ("ec2.amazonaws.com", OTHER_PROVIDER)]),
}
for people in PEOPLE:
    OF[people] = {
        "the principal of the settings assumes it": (True, [Case(OPERATOR_ARN, "sts:AssumeRole", people)]),
        "the principal does no more": (False, [Case(OPERATOR_ARN, "sts:TagSession", people)]),
        "nobody else assumes it": (
            False,
            [Case(who, "sts:AssumeRole", people) for who in ("ec2.amazonaws.com", SOMEBODY, STRANGER)],
        ),
    }
LOG = f"{ACCESS_LOGS}/AWSLogs/{ACCOUNT}/log"
OF[ACCESS_LOGS] |= {
    "load balancers write into it": (True, [Case(BALANCERS, "s3:PutObject", LOG, TLS)]),
    "load balancers do no more": (
        False,
        [Case(BALANCERS, "s3:GetObject", LOG, TLS), Case(BALANCERS, "s3:PutObject", f"{ACCESS_LOGS}/other", TLS)],
    ),
    "no other account writes into it": (False, [Case(STRANGER, "s3:PutObject", LOG, TLS)]),
}

EQUIVALENT = {f"{KEY}: GrantToRds with kms:*"}
"""The account has the other actions with this condition key in any case."""
EQUIVALENT |= {f"{PUSH}: its statement with sts:*"}  # no other action of STS has the condition key for the branch


def of_role(arn: str, policy: Policy) -> Promises:
    """Return the promises of a role: only its service assumes it, and only for this account."""
    service = policy["Statement"][0]["Principal"]["Service"]
    # modules/iam.py has the reason.
    says_no_source = service == "codepipeline.amazonaws.com"
    return {
        "its service assumes it": (True, [Case(service, "sts:AssumeRole", arn, FOR_US)]),
        "its service assumes it for no other account": (
            says_no_source,
            [Case(service, "sts:AssumeRole", arn, FOR_OTHERS)],
        ),
        "its service does no more": (False, [Case(service, "sts:TagSession", arn, FOR_US)]),
        "nobody else assumes it": (
            False,
            [Case(who, "sts:AssumeRole", arn, FOR_US) for who in ("ec2.amazonaws.com", SOMEBODY, STRANGER)],
        ),
    }


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Policy]:
    """Return every resource policy of an environment with all options, by the ARN of the resource."""

    def state(app: cdktf.App) -> None:
        StateStack(app, "prod-state", settings=EVERYTHING)

    stacks = system(tmp_path_factory.mktemp("system"), EVERYTHING) | synthesize(tmp_path_factory.mktemp("state"), state)
    resources = {
        f"{type_}.{name}": resource
        for stack in stacks.values()
        for type_, named in stack.json["resource"].items()
        for name, resource in named.items()
    }
    trusts = {
        f"arn:aws:iam::{ACCOUNT}:role/{address.partition('.')[2]}": _real(resource["assume_role_policy"])
        for address, resource in resources.items()
        if address.startswith("aws_iam_role.")
    }
    others = ("aws_ecr_lifecycle_policy.", "aws_iam_policy.", "aws_iam_role_policy.")
    of_resources = {
        address for address, resource in resources.items() if "policy" in resource and not address.startswith(others)
    }
    listed.check(untested(of_resources))
    return {arn: _real(resources[address]["policy"]) for arn, address in POLICIES.items()} | trusts


def untested(addresses: set[str]) -> list[str]:
    """Return a line for each resource policy without promises."""
    return listed.faults(
        addresses,
        POLICIES.values(),
        place="tests/stacks/test_resource_policies.py, POLICIES",
        entry='"{}"'.format,
        end=" with the ARN of the resource as its key, and add the promises of the policy to OF",
    )


def test_a_resource_policy_without_promises_is_named() -> None:
    [line] = untested({*POLICIES.values(), "aws_s3_bucket_policy.other_tls_only"})

    assert line.startswith(
        'tests/stacks/test_resource_policies.py, POLICIES: add "aws_s3_bucket_policy.other_tls_only" with the ARN'
    )


def _real(text: str) -> Policy:
    """Return a policy with values in place of its references."""
    for reference, meant in {
        r"data\.aws_partition\.partition\.partition": "aws",
        r"data\.aws_caller_identity\.account\.account_id": ACCOUNT,
        r"aws_iam_role\.(\w+)\.arn": rf"arn:aws:iam::{ACCOUNT}:role/\1",
        r"aws_s3_bucket\.(\w+)\.arn": r"arn:aws:s3:::\1",
    }.items():
        text = re.sub(rf"\$\{{{reference}\}}", meant, text)
    policy: Policy = json.loads(text)
    return policy


@pytest.fixture(scope="module")
def iam() -> Iterator[Iam]:
    made = Iam()
    yield made
    made.close()


def promises(arn: str, policy: Policy) -> Promises:
    return OF.get(arn) or of_role(arn, policy)


def broken(promises: Promises, policy: Policy, iam: Iam) -> list[str]:
    """Return the promises that a policy breaks."""
    return [
        sentence
        for sentence, (expected, cases) in promises.items()
        if any(case.is_let_in(policy, iam) != expected for case in cases)
    ]


def mutations(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Yield the policy without each statement, condition and resource, and with each action and principal widened."""
    for statement in policy["Statement"]:
        sid = statement.get("Sid", "its statement")
        yield f"without {sid}", _with(policy, statement)
        for operator, conditions in statement.get("Condition", {}).items():
            for key in conditions:
                left = {name: value for name, value in conditions.items() if name != key}
                every = {**statement["Condition"], operator: left}
                rest = {name: each for name, each in every.items() if each}
                yield f"{sid} without {key}", _with(policy, statement, Condition=rest)
        actions, resources = statement["Action"], statement.get("Resource")
        everything = f"{next(iter([actions] if isinstance(actions, str) else actions)).partition(':')[0]}:*"
        if actions != everything:
            yield f"{sid} with {everything}", _with(policy, statement, Action=everything)
        if statement["Principal"] != "*":
            yield f"{sid} for everybody", _with(policy, statement, Principal="*")
        if isinstance(resources, list):
            for resource in resources:
                others = [each for each in resources if each != resource]
                yield f"{sid} without {resource}", _with(policy, statement, Resource=others)


def _with(policy: Policy, statement: Policy, **elements: object) -> Policy:
    """Return the policy with changed elements of one statement; without elements, without the statement."""
    others = {id(statement): [{k: v for k, v in (statement | elements).items() if v}] if elements else []}
    return policy | {"Statement": [new for each in policy["Statement"] for new in others.get(id(each), [each])]}


def test_each_resource_policy_keeps_its_promises(policies: dict[str, Policy], iam: Iam) -> None:
    assert len(policies) > 10
    found = {arn: broken(promises(arn, policy), policy, iam) for arn, policy in policies.items()}
    assert {arn: sentences for arn, sentences in found.items() if sentences} == {}


def test_a_wider_policy_or_one_without_a_part_breaks_a_promise(policies: dict[str, Policy], iam: Iam) -> None:
    unnoticed = {
        f"{arn}: {what}"
        for arn, policy in policies.items()
        for what, mutated in mutations(policy)
        if not broken(promises(arn, policy), mutated, iam)
    }

    assert unnoticed == EQUIVALENT
