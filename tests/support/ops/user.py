"""Users of `ops` on the shared local AWS, and the permissions that a command of `ops` needs."""

import re
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
import tomli_w

from operations import __main__ as program
from operations import command
from operations.clients import Clients
from operations.commands.answer import Exit, SystemAnswer
from operations.commands.reading import Reading
from operations.sessions import Caller
from tests.support.images.deployed import Deployed, deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, policy
from tests.support.localaws.certificates import requested_and_validated
from tests.support.localaws.roles import session
from tests.support.synthesized import ROOT

ROLE = "ops-user"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}

Found = TypeVar("Found", bound=SystemAnswer)

_numbers = count(1)


@dataclass
class User:
    """A user of an app of the tests, with the environment `dev`."""

    command: str
    name: str
    file: Path
    capsys: pytest.CaptureFixture[str]

    @classmethod
    def of(
        cls,
        command_name: str,
        folder: Path,
        patch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        system: str = "",
    ) -> "User":
        """Return a user of a command, whose variables lead to the shared local AWS.

        The environment is new, or has the name of a system that is deployed.
        """
        for name, value in clients().local.variables().items():
            patch.setenv(name, value)
        patch.setenv("ENVIRONMENTS_FILE", str(folder / "environments.toml"))
        patch.setattr(sys, "argv", [])
        own = system or f"{command_name}{next(_numbers)}-dev"
        made = cls(command_name, own, folder / "environments.toml", capsys)
        made.settings()
        return made

    def settings(self, **of_dev: Any) -> None:
        """Write the settings file."""
        own = {"app": self.name.removesuffix("-dev"), "region": REGION, "domain": f"{self.name}.example.com"}
        self.file.write_text(tomli_w.dumps({"dev": own | {"protect": False} | of_dev}), encoding="utf-8")

    def run(self, *options: str) -> tuple[int, str, str]:
        """Run the program; its exit code, and what it says to standard output and error."""
        sys.argv = ["ops", self.command, "dev", *options]
        code = program.main()
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def answer(self, kind: type[Found], *options: str) -> tuple[int, Found]:
        """Return the exit code and the answer in JSON."""
        code, out, errors = self.run("--json", *options)
        assert errors == ""
        return code, kind.model_validate_json(out)

    def deploy(self, **how: Any) -> Deployed:
        """Deploy a system with a certificate and a database."""
        tags = [{"Key": "app", "Value": self.name.removesuffix("-dev")}, {"Key": "environment", "Value": "dev"}]
        requested_and_validated(clients().client, f"{self.name}.example.com", Tags=tags)
        size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
        clients().client("rds").create_db_instance(
            DBInstanceIdentifier=self.name, MasterUsername="owner", ManageMasterUserPassword=True, **size
        )
        return deployed(self.name, **how)


def section(heading: str) -> str:
    """Return a section of docs/operations.md, without its subsections. The heading has its number signs."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return re.split(r"\n##+ ", page.partition(f"\n{heading}\n")[2])[0]


def documented(heading: str) -> set[str]:
    """Return the actions in a section of docs/operations.md."""
    return set(re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", section(heading)))


def with_rights(read: Callable[[Reading], Found], *rights: dict[str, Any]) -> Found:
    """Return what a command reads with the credentials of a role that has the rights."""
    caller = _caller()
    clients().client("iam").put_role_policy(RoleName=ROLE, PolicyName="rights", PolicyDocument=policy(*rights))
    return read(Reading(command.settings("dev"), caller))


@cache
def _caller() -> Caller:
    """Return a session of a role. All tests share its clients, and each test changes the policy of the role."""
    key = session(clients().local, ROLE, ALL)
    made = boto3.Session(key.access_key, key.secret_key, key.token, REGION)
    return Caller(ACCOUNT, "arn", Clients(made))


def check_actions(
    read: Callable[[Reading], Found],
    actions: Collection[str],
    parts: Mapping[str, list[str]],
    not_asked: Collection[str] = (),
) -> None:
    """Check that the documented actions are used, and that each denial is named in the answer.

    Args:
        read: Reads what the command shows.
        actions: The documented actions.
        parts: The parts of the answer that are missing without an action.
        not_asked: The documented actions that this system does not need.
    """
    local = clients().local
    before = len(local.decisions())

    found = with_rights(read, {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"})

    assert (found.not_read, found.exit_code) == ([], Exit.OK)
    made = [each for each in local.decisions()[before:] if each["principal"].endswith(f"role/{ROLE}")]
    assert {each["action"] for each in made} == {*actions} - {*not_asked} == {*parts}
    for action, missing in parts.items():
        denied = with_rights(read, ALL, {"Effect": "Deny", "Action": action, "Resource": "*"})
        assert denied.not_read[0].reason == f"the credentials lack the permission {action}"
        assert [each.part for each in denied.not_read] == missing
        assert denied.exit_code == Exit.PARTIAL
