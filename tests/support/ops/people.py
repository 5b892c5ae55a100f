"""People with a session of the viewer role or the operator role, whose policy is that of the synthesized stack."""

import copy
import json
import re
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from operations import __main__ as program
from operations.commands.reading import Reading
from settings import Settings
from settings.names import SystemRole
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, REGION, clients
from tests.support.localaws.roles import client as client_of
from tests.support.localaws.roles import credentials, session
from tests.support.ops.acting import Words
from tests.support.synthesized import ROOT, Json, system
from tests.support.workflow_roles import ACCOUNT as ACCOUNT_REFERENCE
from tests.support.workflow_roles import PARTITION

LACKS = "the credentials lack the permission {}"


@dataclass
class Person:
    """A person with a session of a role for people, in the environment `dev` of an app of the tests."""

    app: str
    kind: SystemRole
    policies: dict[str, Json]
    """The policies of the roles for people, as synthesized."""
    file: Path
    used: dict[Words, set[str]] = field(default_factory=dict)
    """The actions that each command has used."""
    readings: list[Reading] = field(default_factory=list)

    @property
    def role(self) -> str:
        """The name of the role."""
        return f"{self.app}-dev-{self.kind}"

    def allow(self, without: str = "") -> None:
        """Give the role its policy, without one of the actions."""
        policy = self.policies[self.kind]
        left = [
            each | {"Action": [action for action in each["Action"] if action != without]}
            for each in policy["Statement"]
        ]
        document = policy | {"Statement": [each for each in left if each["Action"]]}
        iam = clients().client("iam")
        iam.put_role_policy(RoleName=self.role, PolicyName="rights", PolicyDocument=json.dumps(document))

    def actions(self, kind: SystemRole) -> set[str]:
        """Return the actions of a role for people."""
        return {action for each in self.policies[kind]["Statement"] for action in each["Action"]}

    def run(self, words: Words, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
        """Run a command with the session. Return the exit code and everything that it says, and note its actions."""

        def begin(_environment: str, _name: str) -> Reading:
            reading = copy.copy(self.readings[0])
            reading.not_read = []
            return reading

        before = len(self._decisions())
        patch.setattr(Reading, "begin", begin)
        json_ = () if words[0] in ("exec", "db-tunnel") else ("--json",)
        end = words.index("--") if "--" in words else len(words)
        patch.setattr(sys, "argv", ["ops", words[0], "dev", *words[1:end], *json_, *words[end:]])
        code = program.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        self.used.setdefault(words, {each["action"] for each in self._decisions()[before:]})
        return code, said.out + said.err

    def _decisions(self) -> list[Any]:
        principal = f"arn:aws:iam::{ACCOUNT}:role/{self.role}"
        return [each for each in clients().local.decisions() if each["principal"] == principal]


def missing(text: str) -> set[str]:
    """Return the permissions that an answer says are missing."""
    return {*re.findall(LACKS.format(r"([\w-]+:\w+)"), text)}


def documented(heading: str) -> set[str]:
    """Return the actions in a section of docs/operations.md, with its subsections."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    text = page.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    return {*re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", text)}


@contextmanager
def person(kind: SystemRole, app: str, folder: Path, **of_dev: Any) -> Iterator[Person]:
    """Create a role for people as synthesized, and let a person assume it. The system has the name of the app.

    Args:
        kind: The role.
        app: The app of the settings.
        folder: An empty folder.
        of_dev: Further settings of the environment.
    """
    local = clients().local
    principals = {"principals": [f"arn:aws:iam::{ACCOUNT}:role/{app}-principal"]}
    table: dict[str, Any] = {
        "app": app,
        "region": REGION,
        "domain": f"{app}-dev.example.com",
        "protect": False,
        "viewer": principals,
        "operator": principals,
    } | of_dev
    file = folder / "environments.toml"
    file.write_text(tomli_w.dumps({"dev": table}), encoding="utf-8")
    stack = system(folder / "stacks", Settings.model_validate(table | {"environment": "dev"}))["dev-main"]
    roles: Collection[SystemRole] = ("viewer", "operator")
    made = Person(app, kind, {each: _real(stack.policies(each)[0]) for each in roles}, file)
    trust = json.dumps(_real(stack.resources("aws_iam_role")[kind]["assume_role_policy"]))
    clients().client("iam").create_role(RoleName=made.role, AssumeRolePolicyDocument=trust)
    made.allow()
    principal = session(local, f"{app}-principal", ALLOW_ALL)
    assumed = client_of(local, principal, "sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{made.role}", RoleSessionName="anna"
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local.variables(credentials(assumed)).items():
            patch.setenv(name, value)
        patch.setenv("ENVIRONMENTS_FILE", str(file))
        made.readings.append(Reading.begin("dev", "test"))
        yield made


def _real(text: str) -> Json:
    """Return a policy of the synthesized stack with the account of the tests."""
    document: Json = json.loads(text.replace(PARTITION, "aws").replace(ACCOUNT_REFERENCE, ACCOUNT))
    return document
