"""cdktf and Terraform, and the version of the AWS provider that they use."""

from pathlib import Path
from typing import Any

import pytest

from tools.toolchain import processes
from tools.toolchain.cli import Cdktf
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


@pytest.mark.parametrize("constraints", ["5.100.0", "!= 5.100.0, ~> 5.99"])
def test_a_mirror_with_another_version_gets_one_message(
    constraints: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".terraform.d" / "plugins" / PROVIDER / "6.9.0" / "linux_amd64").mkdir(parents=True)
    (tmp_path / "cdktf.out" / "stacks" / "dev-main").mkdir(parents=True)

    def fail(*_: Any, **__: Any) -> tuple[int, str]:
        return 1, NO_RELEASE.replace("5.100.0", constraints)

    monkeypatch.setattr(processes, "run", fail)
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
    answers = iter([(1, message), (0, ""), (0, "")])
    commands: list[str] = []

    def run(command: list[str], **_: Any) -> tuple[int, str]:
        commands.append(command[1])
        return next(answers)

    monkeypatch.setattr(processes, "run", run)

    assert cdktf(tmp_path).plan("dev-main") == {}
    assert commands == ["plan", "init", "plan"]


def test_an_error_of_a_plan_is_not_hidden_by_an_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "run", lambda *_, **__: (1, "Error: no valid credential sources"))

    with pytest.raises(CommandError, match="no valid credential sources"):
        cdktf(tmp_path).plan("dev-main")
