"""The permissions of a deployed system's roles, one at a time, and their use."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import reduce
from typing import Any

from localaws.iam.evaluation import Iam, Policies, Request
from localaws.server import DecisionRecord, LocalAws
from settings.names import PEOPLE
from tests.support.lists import listed

_NAMED = {
    "codebuild": r"project/([^/]+)",
    "codepipeline": r":([^:]+)$",
    "ecr": r"repository/(.+)",
    "ecs": r"(?:service/[^/]+/|task-definition/|task/)([^:/]+)",
    "iam": r"role/(.+)",
    "kms": r"key/(.+)",
    "logs": r"log-group:([^:]+)",
    "s3": r":::([^/]+)",
    "secretsmanager": r"secret:(.+)",
    "ssm": r"parameter/(.+)",
    "states": r"stateMachine:(.+)",
}
"""Service to the pattern of the resource name in an ARN. The objects of a bucket count as the bucket."""


Where = tuple[str, ...]
"""The keys that lead to a list in a statement."""

ACTION: Where = ("Action",)
RESOURCE: Where = ("Resource",)
PASSED_TO: Where = ("Condition", "StringEquals", "iam:PassedToService")
_ELSEWHERE = {
    "ecs:ListTasks": {"ecs:cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/other"},
    "ecs": {"ecs:CreateAction": "CreateService"},
    "iam": {"iam:PassedToService": "ec2.amazonaws.com"},
    "s3": {"aws:ResourceAccount": "999999999999"},
}
"""Service or action to context values that no role of the system may use, if the request has the key."""


@dataclass(frozen=True, order=True)
class Right:
    """One value that a statement of a role's policy lists: an action, or one of several ARNs or conditions."""

    role: str
    sid: str
    value: str
    where: Where = ACTION

    def __str__(self) -> str:
        return f"{self.role}: {self.value} ({self.sid})"

    def denied(self) -> str:
        """Return a part of IAM's message to a role without the permission."""
        said = {ACTION: "to perform: ", RESOURCE: "on resource: "}.get(self.where)
        return f"{said}{self.value.partition('*')[0]}" if said else "is not authorized to perform: "


CODEPIPELINE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html"
CODEBUILD = "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html"
FLOW_LOGS = "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"

# AWS's pages ask for these permissions without naming the calls, so the runner does not use them.
NOT_EXERCISED = {
    Right("pipeline", "ReadArtifactBucket", "s3:GetBucketAcl"): CODEPIPELINE,
    Right("pipeline", "ReadArtifactBucket", "s3:GetBucketLocation"): CODEPIPELINE,
    Right("pipeline", "ReadArtifactBucket", "s3:GetBucketVersioning"): CODEPIPELINE,
    Right("pipeline", "CarryArtifacts", "s3:GetObjectVersion"): CODEPIPELINE,
    Right("pipeline", "CarryArtifacts", "s3:PutObjectAcl"): CODEPIPELINE,
    Right("image-definitions-build", "ReadArtifactBucket", "s3:GetBucketAcl"): CODEBUILD,
    Right("image-definitions-build", "ReadArtifactBucket", "s3:GetBucketLocation"): CODEBUILD,
    Right("image-definitions-build", "BuildArtifacts", "s3:GetObjectVersion"): CODEBUILD,
    **{
        Right(role, "UseKey", f"kms:{action}"): CODEBUILD
        for role in ("pipeline", "image-definitions-build")
        for action in ("DescribeKey", "Encrypt", "ReEncrypt*")
    },
    # The local AWS has no network traffic.
    **{
        Right("flow-logs", "WriteLogs", f"logs:{action}"): FLOW_LOGS
        for action in ("CreateLogStream", "PutLogEvents", "DescribeLogStreams")
    },
    Right("flow-logs", "FindLogGroup", "logs:DescribeLogGroups"): FLOW_LOGS,
    # The runner passes roles to one of the two services that the page names.
    Right("pipeline", "PassTaskRoles", "ecs.amazonaws.com", PASSED_TO): CODEPIPELINE,
}


NOT_OF_THE_REHEARSAL = ("task", *PEOPLE)
"""Roles whose permissions no step of a rehearsal uses.

The local AWS runs no container, which has the role `task`. The permissions of the roles of people have tests of their
commands: tests/operations/actions/test_operator_role.py and tests/operations/commands/test_viewer_role.py.
"""


class Roles:
    """The deployed roles with the system's name as a prefix."""

    def __init__(self, aws: LocalAws, *, prefix: str) -> None:
        self._iam = aws.client("iam")
        self._kms = aws.client("kms")
        self.prefix = f"{prefix}-"

    def names(self) -> list[str]:
        found = [role["RoleName"] for role in self._iam.list_roles()["Roles"]]
        return sorted(name for name in found if name.startswith(self.prefix))

    def exercised(self) -> list[str]:
        """Return the names of the roles whose permissions a rehearsal uses."""
        return [name for name in self.names() if name.removeprefix(self.prefix) not in NOT_OF_THE_REHEARSAL]

    def statements(self, role: str) -> list[dict[str, Any]]:
        """Return the statements of a role's policies: of its inline policy and of the attached policies."""
        documents = [self._managed(arn) for arn in self.attached(role)]
        return [*self.own(role), *(statement for document in documents for statement in document["Statement"])]

    def own(self, role: str) -> list[dict[str, Any]]:
        """Return the statements of a role's inline policy."""
        names = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = [self._iam.get_role_policy(RoleName=role, PolicyName=n)["PolicyDocument"] for n in names]
        return [statement for document in documents for statement in document["Statement"]]

    def attached(self, role: str) -> list[str]:
        """Return the ARNs of the policies attached to a role."""
        found = self._iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        return [policy["PolicyArn"] for policy in found]

    def rights(self) -> list[Right]:
        """Return every permission of every exercised role. A single ARN or condition counts as part of its actions."""
        return [
            Right(role.removeprefix(self.prefix), statement["Sid"], value, where)
            for role in self.exercised()
            for statement in self.statements(role)
            for where, values in _lists(statement)
            if where == ACTION or len(values) > 1
            for value in values
        ]

    def documents(self) -> dict[str, dict[str, Any]]:
        """Return the statements of each role as one policy, by the name of the role."""
        return {
            role: {"Version": "2012-10-17", "Statement": statements}
            for role in self.names()
            if (statements := self.statements(role))
        }

    @contextmanager
    def without(self, right: Right) -> Iterator[None]:
        """Remove one permission inside of the context."""
        role = self.prefix + right.role
        rest = [
            _without(statement, right) if statement["Sid"] == right.sid else statement for statement in self.own(role)
        ]
        with self.changed(role, [statement for statement in rest if statement["Action"]]):
            yield

    @contextmanager
    def adding(self, right: Right) -> Iterator[None]:
        """Add a permission to its statement inside of the context."""
        role = self.prefix + right.role
        more = [_with(statement, right) if statement["Sid"] == right.sid else statement for statement in self.own(role)]
        with self.changed(role, more):
            yield

    @contextmanager
    def changed(self, role: str, statements: list[dict[str, Any]]) -> Iterator[None]:
        """Replace the statements of a role's inline policy inside of the context; without statements, delete it."""
        before = self.own(role)
        self._put(role, statements)
        try:
            yield
        finally:
            self._put(role, before)

    @contextmanager
    def attaching(self, short: str, statements: list[dict[str, Any]]) -> Iterator[None]:
        """Attach a policy with these statements to a role, named without the prefix, inside of the context."""
        role = self.prefix + short
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        arn = self._iam.create_policy(PolicyName=f"{role}-attached", PolicyDocument=document)["Policy"]["Arn"]
        self._iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        try:
            yield
        finally:
            self._iam.detach_role_policy(RoleName=role, PolicyArn=arn)
            self._iam.delete_policy(PolicyArn=arn)

    def unused(self, decisions: list[DecisionRecord]) -> set[Right]:
        """Return the permissions that none of the decisions used."""
        by: dict[tuple[str, str], list[DecisionRecord]] = {}
        for one in decisions:
            for sid in one["by"]:
                by.setdefault((one["principal"].rpartition("/")[2], sid), []).append(one)
        return {
            right
            for right in self.rights()
            if not any(_is_used(right, one) for one in by.get((self.prefix + right.role, right.sid), []))
        }

    def too_wide(self, decisions: list[DecisionRecord], iam: Iam) -> set[str]:
        """Return the statements that allow a role's observed actions on other resources.

        These are another resource of the type, or its own with a context value of `_ELSEWHERE`.
        """
        exercised = self.exercised()
        seen = {
            (one["principal"], one["action"], neighbour(one["resource"])[1]): one
            for one in decisions
            if one["allowed"]
            and one["principal"].rpartition("/")[2] in exercised
            and (":" in one["resource"] or one["action"] in _ELSEWHERE)
        }
        documents = self.documents()
        return {
            found
            for one in seen.values()
            for found in self._wide(one, documents[one["principal"].rpartition("/")[2]], iam)
        }

    def _wide(self, one: DecisionRecord, own: dict[str, Any], iam: Iam) -> Iterator[str]:
        principal, (other, name) = one["principal"], neighbour(one["resource"])
        # Another key would also trust its account. The other bucket has no policy.
        key = self._key_policy(one["resource"]) if one["action"].startswith("kms:") else None
        policies = Policies(({"name": "own", "policy": own},), resource=key)
        elsewhere = _ELSEWHERE.get(one["action"]) or _ELSEWHERE.get(one["action"].partition(":")[0], {})
        tried = {
            f"{key} {value}": Request(one["action"], one["resource"], one["context"] | {key: value})
            for key, value in elsewhere.items()
            if key in one["context"]
        }
        if one["resource"] != "*":
            tried[name] = Request(one["action"], other, one["context"])
        role = principal.rpartition("/")[2].removeprefix(self.prefix)
        for what, request in tried.items():
            decision = iam.decide(principal, request, policies, account=principal.split(":")[4])
            if decision.allowed:
                yield from (f"{role}: {one['action']} on {what} ({sid})" for sid in decision.by)

    def _key_policy(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
        return found

    def _managed(self, arn: str) -> dict[str, Any]:
        version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        document: dict[str, Any] = found
        return document

    def _put(self, role: str, statements: list[dict[str, Any]]) -> None:
        if not statements:
            self._iam.delete_role_policy(RoleName=role, PolicyName="rights")
            return
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self._iam.put_role_policy(RoleName=role, PolicyName="rights", PolicyDocument=document)


def unexplained(unused: Iterable[Right]) -> list[str]:
    """Return a line for each unused permission without a reason, and for each reason for a permission that is used."""
    return listed.faults(
        unused,
        NOT_EXERCISED,
        place="tests/support/rights.py, NOT_EXERCISED",
        entry=lambda right: f'Right("{right.role}", "{right.sid}", "{right.value}")',
        end=": <AWS's page that asks for the permission>. If no program needs the permission, remove it from the verb",
    )


def _lists(statement: dict[str, Any]) -> Iterator[tuple[Where, list[str]]]:
    """Yield the lists of a statement, each with its keys."""
    yield ACTION, statement["Action"]
    yield RESOURCE, statement["Resource"]
    for operator, conditions in statement.get("Condition", {}).items():
        for key, values in conditions.items():
            yield ("Condition", operator, key), values if isinstance(values, list) else [values]


def _without(statement: dict[str, Any], right: Right) -> dict[str, Any]:
    return _changed(statement, right.where, lambda values: values.remove(right.value))


def _with(statement: dict[str, Any], right: Right) -> dict[str, Any]:
    return _changed(statement, right.where, lambda values: values.append(right.value))


def _changed(statement: dict[str, Any], where: Where, change: Callable[[list[str]], None]) -> dict[str, Any]:
    """Return a copy of a statement with one of its lists changed."""
    copy: dict[str, Any] = json.loads(json.dumps(statement))
    *way, name = where
    values: list[str] = reduce(dict.__getitem__, way, copy)[name]
    change(values)
    return copy


def _is_used(right: Right, one: DecisionRecord) -> bool:
    """Return whether a decision of the permission's statement used this permission."""
    if right.where in (ACTION, RESOURCE):
        return fnmatchcase(one["action"] if right.where == ACTION else one["resource"], right.value)
    return bool(one["context"].get(right.where[-1]) == right.value)


def neighbour(arn: str) -> tuple[str, str]:
    """Return another resource of the same type, and its name; both are "*" for a call without an ARN."""
    if arn == "*":
        return arn, arn
    name = f"{arn[slice(*_name(arn))]}-other"
    return _renamed(arn, name), name


def widened(arn: str) -> str:
    """Return the ARN of every resource of the type."""
    return _renamed(arn, "*")


def _renamed(arn: str, name: str) -> str:
    start, end = _name(arn)
    return f"{arn[:start]}{name}{arn[end:]}"


def _name(arn: str) -> tuple[int, int]:
    service = arn.split(":")[2]
    found = re.search(_NAMED.get(service, "$^"), arn)
    assert found, f"tests/support/rights.py: add to _NAMED, for {service}, the pattern of the name in {arn}"
    return found.span(1)
