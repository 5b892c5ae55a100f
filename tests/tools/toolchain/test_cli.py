"""The AWS provider that is used is the one that was rehearsed, or the user is told."""

from pathlib import Path
from typing import Any

import pytest

from operations.diff.__main__ import PROVIDER_NOTE, diff
from settings import REHEARSED_PROVIDER, Settings
from tools.toolchain import processes
from tools.toolchain.cli import Cdktf, ProviderError
from tools.toolchain.provider import PROVIDER, mirrored_versions

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


def cdktf(folder: Path) -> Cdktf:
    return Cdktf(folder, variables={"PATH": "", "HOME": str(folder)}, on_progress=lambda _: None)


def test_the_settings_name_the_rehearsed_version_exactly() -> None:
    assert Settings.model_fields["aws_provider_versions"].default == REHEARSED_PROVIDER == "5.100.0"


def test_the_version_in_use_is_the_locked_one(tmp_path: Path) -> None:
    own = cdktf(tmp_path)
    assert own.provider_version("dev-main") == ""

    stack = tmp_path / "cdktf.out" / "stacks" / "dev-main"
    stack.mkdir(parents=True)
    (stack / ".terraform.lock.hcl").write_text(LOCK.format("6.9.0", ">= 6.0.0"), encoding="utf-8")
    assert own.provider_version("dev-main") == "6.9.0"


@pytest.mark.parametrize(("version", "told"), [("6.9.0", 1), (REHEARSED_PROVIDER, 0)])
def test_a_diff_tells_in_one_line_that_another_version_is_in_use(
    version: str, told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Cdktf, "synth", lambda _: None)
    monkeypatch.setattr(Cdktf, "dependencies", lambda *_: [])
    monkeypatch.setattr(Cdktf, "plan", lambda *_: {"resource_changes": []})
    monkeypatch.setattr(Cdktf, "provider_version", lambda *_: version)

    assert diff(cdktf(tmp_path), "dev", variables={}) == 0

    note = " ".join(PROVIDER_NOTE.format(version, REHEARSED_PROVIDER).split())
    assert " ".join(capsys.readouterr().out.split()).count(note) == told


def test_a_mirror_with_another_version_gets_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".terraform.d" / "plugins" / PROVIDER / "6.9.0" / "linux_amd64").mkdir(parents=True)
    (tmp_path / "cdktf.out" / "stacks" / "dev-main").mkdir(parents=True)

    def fail(*_: Any, **__: Any) -> tuple[int, str]:
        return 1, NO_RELEASE

    monkeypatch.setattr(processes, "run", fail)
    with pytest.raises(ProviderError) as refused:
        cdktf(tmp_path).plan("dev-main")

    message = str(refused.value)
    assert message.startswith("The AWS provider 5.100.0 cannot be had here (found: ")
    assert "6.9.0" in message.partition(")")[0]
    assert message.endswith('docs/operations.md, "Move to another AWS provider"')


def test_packed_and_unpacked_versions_are_found_in_a_mirror(tmp_path: Path) -> None:
    provider = tmp_path / "mirror" / PROVIDER
    (provider / "5.100.0" / "linux_amd64").mkdir(parents=True)
    (provider / "terraform-provider-aws_6.9.0_linux_amd64.zip").touch()

    assert mirrored_versions({}, searched=[tmp_path]) == ["5.100.0", "6.9.0"]
