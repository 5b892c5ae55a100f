"""cdktf and Terraform, and the version of the AWS provider that they use."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import toolchain
from tools.toolchain import processes
from tools.toolchain.cli import INIT, PLAN, Cdktf, Planned
from tools.toolchain.commands import CommandError, ProviderError
from tools.toolchain.provider import PROVIDER

LOCK = """
provider "registry.terraform.io/hashicorp/aws" {{
  version     = "{}"
  constraints = "{}"
}}
"""
# As Terraform 1.11 prints it.
NO_RELEASE = """
╷
│ Error: Failed to query available provider packages
│ 
│ Could not retrieve the list of available versions for provider
│ hashicorp/aws: no available releases match the given constraints 5.100.0
╵
"""  # noqa: W291

# As Terraform 1.11 prints it with -no-color.
LOCKED_TO_ANOTHER = """
Error: Failed to query available provider packages

Could not retrieve the list of available versions for provider hashicorp/aws:
locked provider registry.terraform.io/hashicorp/aws 5.9.0 does not match
configured version constraint 5.100.0; must use terraform init -upgrade to
allow selection of new versions
"""

# As Terraform 1.11 prints them: in a new folder with local state, with state in S3, and with another provider's lock.
ASKS_FOR_INIT = [
    """╷
│ Error: Required plugins are not installed
│ The installed provider plugins are not consistent with the packages
│ selected in the dependency lock file: there is no package cached.
│ To download the plugins required for this configuration, run:
│   terraform
│ init
╵
""",
    """Error: Backend initialization required, please run "terraform init"

Reason: Initial configuration of the requested backend "s3"
""",
    """│ Error: Inconsistent dependency lock file
│ To update the locked dependency selections to match a changed configuration, run:
│   terraform init -upgrade
""",
]


def cdktf(folder: Path) -> Cdktf:
    return Cdktf(folder, variables={"PATH": "", "HOME": str(folder)}, on_progress=lambda _: None)


def test_the_version_in_use_is_the_locked_one(tmp_path: Path) -> None:
    own = cdktf(tmp_path)
    assert own.provider_version("dev-main") == ""

    stack = tmp_path / "cdktf.out" / "stacks" / "dev-main"
    stack.mkdir(parents=True)
    (stack / ".terraform.lock.hcl").write_text(LOCK.format("6.9.0", ">= 6.0.0"), encoding="utf-8")
    assert own.provider_version("dev-main") == "6.9.0"


def ends(monkeypatch: pytest.MonkeyPatch, *endings: tuple[int, str]) -> list[str]:
    """Let each command of Terraform end with the next exit code and output. Return the list of commands that run."""
    remaining, ran = iter(endings), list[str]()

    def together(command: list[str], *, folders: Sequence[Path], **_: Any) -> list[tuple[int, str]]:
        if folders:
            upgrade = [option for option in command if option == "-upgrade"]
            ran.append(" ".join([command[1], *(folder.name for folder in folders), *upgrade]))
        return [next(remaining) for _ in folders]

    monkeypatch.setattr(processes, "run_together", together)
    monkeypatch.setattr(processes, "run", lambda command, *, cwd, **_: together(command, folders=[cwd])[0])
    return ran


@pytest.mark.parametrize("constraints", ["5.100.0", "!= 5.100.0, ~> 5.99"])
def test_a_mirror_with_another_version_gets_one_message(
    constraints: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".terraform.d" / "plugins" / PROVIDER / "6.9.0" / "linux_amd64").mkdir(parents=True)
    (tmp_path / "cdktf.out" / "stacks" / "dev-main").mkdir(parents=True)

    ends(monkeypatch, (1, NO_RELEASE.replace("5.100.0", constraints)))
    with pytest.raises(ProviderError) as refused:
        cdktf(tmp_path).plan("dev-main")

    message = str(refused.value)
    assert message.startswith(f"The AWS provider {constraints} cannot be installed here (found: ")
    assert "6.9.0" in message.partition(")")[0]
    assert message.endswith('docs/operations.md, "Move to another AWS provider"')


@pytest.mark.parametrize("message", ASKS_FOR_INIT)
def test_a_folder_is_initialized_if_terraform_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    ran = ends(monkeypatch, (1, message), (0, ""), (0, ""))

    assert cdktf(tmp_path).plan("dev-main") == {}
    assert ran == ["plan dev-main", "init dev-main", "plan dev-main"]


def test_another_version_in_the_settings_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = ends(monkeypatch, (1, ASKS_FOR_INIT[2]), (1, LOCKED_TO_ANOTHER), (0, ""), (0, ""))

    assert cdktf(tmp_path).plan("dev-main") == {}
    assert ran == ["plan dev-main", "init dev-main", "init dev-main -upgrade", "plan dev-main"]


def test_stacks_are_initialized_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No plan runs at the same time as an init. A stack that cannot be initialized does not hide the others."""
    ask = (1, ASKS_FOR_INIT[0])
    ran = ends(monkeypatch, ask, (2, ""), ask, (1, f"Error: {INIT} -reconfigure"), (0, ""), (0, ""))

    made = cdktf(tmp_path).make_plans(["dev-registry", "dev-dns", "dev-main"])

    assert ran == ["plan dev-registry dev-dns dev-main", "init dev-registry", "init dev-main", "plan dev-main"]
    assert [*made] == ["dev-registry", "dev-dns", "dev-main"]
    assert "-reconfigure" in str(made["dev-registry"].error)
    assert (made["dev-dns"], made["dev-main"]) == (Planned(has_changes=True), Planned())


def test_a_synthesis_fails_at_the_end_of_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "synthesis", lambda: [sys.executable, "-c", "exit('no such setting')"])
    reached = False

    with pytest.raises(CommandError, match="no such setting"), cdktf(tmp_path).synthesizing():
        reached = True

    assert reached


def test_an_error_of_a_plan_is_not_hidden_by_an_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends(monkeypatch, (1, "Error: no valid credential sources"))

    with pytest.raises(CommandError, match="no valid credential sources"):
        cdktf(tmp_path).plan("dev-main")


def test_the_incomplete_plan_of_a_failed_command_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = cdktf(tmp_path)

    def fail(_: list[str], *, folders: Sequence[Path], **__: Any) -> list[tuple[int, str]]:
        for folder in folders:
            (folder / PLAN).parent.mkdir(parents=True)
            (folder / PLAN).touch()
        return [(1, "Error: no"), (0, "")] if folders else []

    monkeypatch.setattr(processes, "run_together", fail)

    own.make_plans(["dev-dns", "dev-main"])

    assert (own.plan_file("dev-dns").exists(), own.plan_file("dev-main").exists()) == (False, True)
