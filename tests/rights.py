"""What the roles of a deployed system may do, one right at a time, and what is made of it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from localaws.pipeline import policies
from localaws.pipeline.iam import Iam, Policies, Request
from localaws.server import LocalAws

_NAMED = {
    "codebuild": r"project/([^/]+)",
    "codepipeline": r":([^:]+)$",
    "ecr": r"repository/(.+)",
    "ecs": r"(?:service/[^/]+|task-definition)/([^:/]+)",
    "iam": r"role/(.+)",
    "kms": r"key/(.+)",
    "logs": r"log-group:([^:]+)",
    "s3": r":::([^/]+)",
    "secretsmanager": r"secret:(.+)",
    "ssm": r"parameter/(.+)",
    "states": r"stateMachine:(.+)",
}
"""The part of an ARN that tells one resource of a service from another; a bucket's objects are the bucket's."""


@dataclass(frozen=True, order=True)
class Right:
    """One action that one statement of a role's policy allows."""

    role: str
    sid: str
    action: str

    def __str__(self) -> str:
        return f"{self.role}: {self.action} ({self.sid})"


CODEPIPELINE = "https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html"
CODEBUILD = "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html"
FLOW_LOGS = "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"

# AWS's pages ask for these, and when they are used is not published: the runner has no call to make for them.
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
    # Nothing flows through the network of the local AWS.
    **{
        Right("flow-logs", "WriteLogs", f"logs:{action}"): FLOW_LOGS
        for action in ("CreateLogStream", "PutLogEvents", "DescribeLogStreams")
    },
    Right("flow-logs", "FindLogGroup", "logs:DescribeLogGroups"): FLOW_LOGS,
}


class Roles:
    """The roles whose names begin with the system's, as they are deployed."""

    def __init__(self, aws: LocalAws, *, prefix: str) -> None:
        self._iam = aws.client("iam")
        self._client = aws.client
        self.prefix = f"{prefix}-"

    def names(self) -> list[str]:
        found = [role["RoleName"] for role in self._iam.list_roles()["Roles"]]
        return sorted(name for name in found if name.startswith(self.prefix))

    def statements(self, role: str) -> list[dict[str, Any]]:
        """The statements of a role's policies, of which it has at most one."""
        names = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = [self._iam.get_role_policy(RoleName=role, PolicyName=n)["PolicyDocument"] for n in names]
        return [statement for document in documents for statement in document["Statement"]]

    def rights(self) -> list[Right]:
        """Every right of every role."""
        return [
            Right(role.removeprefix(self.prefix), statement["Sid"], action)
            for role in self.names()
            for statement in self.statements(role)
            for action in statement["Action"]
        ]

    def documents(self) -> dict[str, dict[str, Any]]:
        """Every policy, by the name of its role."""
        return {
            role: {"Version": "2012-10-17", "Statement": statements}
            for role in self.names()
            if (statements := self.statements(role))
        }

    @contextmanager
    def without(self, right: Right) -> Iterator[None]:
        """Take one right away for a while."""
        role = self.prefix + right.role
        rest = [
            statement | {"Action": [one for one in statement["Action"] if one != right.action]}
            if statement["Sid"] == right.sid
            else statement
            for statement in self.statements(role)
        ]
        with self.changed(role, [statement for statement in rest if statement["Action"]]):
            yield

    @contextmanager
    def changed(self, role: str, statements: list[dict[str, Any]]) -> Iterator[None]:
        """Give a role other statements for a while; with none it has no policy."""
        before = self.statements(role)
        self._put(role, statements)
        try:
            yield
        finally:
            self._put(role, before)

    def unused(self, decisions: list[dict[str, Any]]) -> set[Right]:
        """The rights by which none of the decisions was taken."""
        used = {(one["principal"].rpartition("/")[2], sid, one["action"]) for one in decisions for sid in one["by"]}
        return {right for right in self.rights() if not self._is_used(right, used)}

    def too_wide(self, decisions: list[dict[str, Any]], iam: Iam) -> set[str]:
        """The statements that let a role do to another resource of the kind what it was seen to do to its own."""
        seen = {
            (one["principal"], one["action"], neighbour(one["resource"])[1]): one
            for one in decisions
            if one["allowed"] and one["principal"].startswith("arn:") and ":" in one["resource"]
        }
        own = {
            (principal, service): policies.deployed(self._client, principal, Request(one["action"], one["resource"]))
            for (principal, service), one in {
                (one["principal"], one["action"].partition(":")[0]): one for one in seen.values()
            }.items()
        }
        return {
            found
            for one in seen.values()
            for found in self._wide(one, own[one["principal"], one["action"].partition(":")[0]], iam)
        }

    def _wide(self, one: dict[str, Any], own: Policies, iam: Iam) -> Iterator[str]:
        principal, (other, name) = one["principal"], neighbour(one["resource"])
        # A key trusts its account as the other one would; the other bucket has no policy.
        resource = own.resource if one["action"].startswith("kms:") else None
        decision = iam.decide(
            principal,
            Request(one["action"], other, one["context"]),
            Policies(own.identity, own.boundary, resource),
            account=principal.split(":")[4],
        )
        if decision.allowed:
            role = principal.rpartition("/")[2].removeprefix(self.prefix)
            yield from (f"{role}: {one['action']} on {name} ({sid})" for sid in decision.by)

    def _is_used(self, right: Right, used: set[tuple[str, str, str]]) -> bool:
        role = self.prefix + right.role
        return any((name, sid) == (role, right.sid) and fnmatchcase(action, right.action) for name, sid, action in used)

    def _put(self, role: str, statements: list[dict[str, Any]]) -> None:
        if not statements:
            self._iam.delete_role_policy(RoleName=role, PolicyName="rights")
            return
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self._iam.put_role_policy(RoleName=role, PolicyName="rights", PolicyDocument=document)


def neighbour(arn: str) -> tuple[str, str]:
    """Another resource of the same kind, and its name."""
    name = f"{arn[slice(*_name(arn))]}-other"
    return _renamed(arn, name), name


def widened(arn: str) -> str:
    """Every resource of the kind."""
    return _renamed(arn, "*")


def _renamed(arn: str, name: str) -> str:
    start, end = _name(arn)
    return f"{arn[:start]}{name}{arn[end:]}"


def _name(arn: str) -> tuple[int, int]:
    found = re.search(_NAMED[arn.split(":")[2]], arn)
    assert found, f"tests/rights.py does not know which part of {arn} is a name"
    return found.span(1)
