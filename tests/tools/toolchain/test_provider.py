"""Source of the AWS provider: the user's configuration, a mirror on the disk, or the registry."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.provider import TINY
from tools import toolchain
from tools.toolchain import provider
from tools.toolchain.provider import PROVIDER, mirrored_versions

USERS = 'plugin_cache_dir = "/cache"\n'
USERS_INSTALLATION = "provider_installation {\n  direct {}\n}\n"


def installation(mirror: Path) -> str:
    """Return the configuration for a mirror."""
    return f"""provider_installation {{
  filesystem_mirror {{
    path    = "{mirror}"
    include = ["registry.terraform.io/hashicorp/aws"]
  }}
  direct {{
    exclude = ["registry.terraform.io/hashicorp/aws"]
  }}
}}
"""


FROM_DISK = {"CDKTF_SKIP_PROVIDER_LOCK": "true", "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "true"}
"""The variables that are added if there is a mirror."""


class Machine:
    """A home folder, and a folder below which mirrors are searched."""

    def __init__(self, folder: Path) -> None:
        self.home, self.searched = folder / "home", folder / "searched"
        self.written = folder / "project" / ".tools" / "terraform.tfrc"
        self.cache = {
            "TF_PLUGIN_CACHE_DIR": str(self.written.with_name("providers")),
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true",
            "CDKTF_SKIP_PROVIDER_LOCK": "true",
        }
        for made in (self.home, self.searched, self.written.parent.parent):
            made.mkdir()

    def configure(self, **variables: str) -> Mapping[str, str]:
        """Return the added variables, and an empty text for each removed one."""
        before = {"HOME": str(self.home), **variables}
        after = provider.configure(before, written_to=self.written, searched=[self.searched])
        return {name: after.get(name, "") for name in before | after if before.get(name) != after.get(name)}

    def mirror(self, *parts: str) -> Path:
        """Create an unpacked mirror."""
        mirror = self.searched.joinpath(*parts)
        (mirror / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
        return mirror


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine without any provider."""
    return Machine(tmp_path)


def test_without_a_mirror_terraform_caches_from_the_registry(machine: Machine) -> None:
    assert machine.configure() == machine.cache
    assert Path(machine.cache["TF_PLUGIN_CACHE_DIR"]).is_dir()
    assert not machine.written.exists()


def test_the_users_cache_stays(machine: Machine) -> None:
    assert machine.configure(TF_PLUGIN_CACHE_DIR="mine") == {
        name: value for name, value in machine.cache.items() if name != "TF_PLUGIN_CACHE_DIR"
    }
    (machine.home / ".terraformrc").write_text('plugin_cache_dir = "mine"\n')
    assert machine.configure() == {"CDKTF_SKIP_PROVIDER_LOCK": "true"}


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_the_cache_is_filled_once_and_then_read(tmp_path: Path) -> None:
    cache = tmp_path / "providers"
    cache.mkdir()
    variables = toolchain.environment() | provider._cache({}, folder=cache)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(TINY)
    init = [variables["TERRAFORM_BINARY_NAME"], "init", "-no-color"]

    first, second = (
        subprocess.run(init, cwd=tmp_path / name, env=variables, capture_output=True, text=True, check=True).stdout
        for name in ("first", "second")
    )

    assert "- Installing hashicorp/aws" in first
    assert "- Using hashicorp/aws" in second
    assert "from the shared cache directory" in second


@pytest.mark.parametrize("parts", [("mirror",), ("terraform", "mirror")])
def test_a_mirror_one_or_two_levels_down_is_found(parts: tuple[str, ...], machine: Machine) -> None:
    mirror = machine.mirror(*parts)

    assert machine.configure() == {"TF_CLI_CONFIG_FILE": str(machine.written), **FROM_DISK}
    assert machine.written.read_text() == f"\n{installation(mirror)}"


def test_a_mirror_three_levels_down_is_not_found(machine: Machine) -> None:
    machine.mirror("much", "too", "deep")

    assert machine.configure() == machine.cache


def test_other_parts_of_the_users_configuration_are_kept(machine: Machine) -> None:
    mirror = machine.mirror("mirror")
    (machine.home / ".terraformrc").write_text(USERS, encoding="utf-8")

    assert machine.configure()["TF_CLI_CONFIG_FILE"] == str(machine.written)
    assert machine.written.read_text() == f"{USERS}\n{installation(mirror)}"


def test_the_users_provider_installation_is_kept(machine: Machine) -> None:
    machine.mirror("mirror")
    (machine.home / ".terraformrc").write_text(USERS_INSTALLATION, encoding="utf-8")

    assert machine.configure() == {"CDKTF_SKIP_PROVIDER_LOCK": "true"}
    assert not machine.written.exists()


def test_a_named_configuration_precedes_the_one_at_home(machine: Machine, tmp_path: Path) -> None:
    machine.mirror("mirror")
    (machine.home / ".terraformrc").write_text(USERS, encoding="utf-8")
    named = tmp_path / "named.tfrc"
    named.write_text(USERS_INSTALLATION, encoding="utf-8")

    assert machine.configure(TF_CLI_CONFIG_FILE=str(named)) == {"CDKTF_SKIP_PROVIDER_LOCK": "true"}


def test_a_missing_named_configuration_is_ignored(machine: Machine, tmp_path: Path) -> None:
    (machine.home / ".terraformrc").write_text(USERS_INSTALLATION, encoding="utf-8")

    assert machine.configure(TF_CLI_CONFIG_FILE=str(tmp_path / "none.tfrc")) == {
        "TF_CLI_CONFIG_FILE": "",
        "CDKTF_SKIP_PROVIDER_LOCK": "true",
    }


def test_a_configuration_of_another_user_is_ignored(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container, HOME and the named file often belong to root. Root may read everything, so access is patched."""
    named = tmp_path / "named.tfrc"
    for file in (named, machine.home / ".terraformrc"):
        file.write_text(USERS_INSTALLATION, encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)

    assert machine.configure(TF_CLI_CONFIG_FILE=str(named))["TF_CLI_CONFIG_FILE"] == ""
    assert not machine.written.exists()


@pytest.mark.parametrize("folder", [".terraform.d/plugins", ".local/share/terraform/plugins"])
def test_an_implied_mirror_needs_no_configuration(folder: str, machine: Machine) -> None:
    machine.mirror("mirror")
    (machine.home / folder / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)

    assert machine.configure() == FROM_DISK
    assert not machine.written.exists()


def test_the_users_variables_for_locks_and_cache_are_kept(machine: Machine) -> None:
    machine.mirror("mirror")
    users = {"CDKTF_SKIP_PROVIDER_LOCK": "false", "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "false"}

    assert machine.configure(**users) == {"TF_CLI_CONFIG_FILE": str(machine.written)}


def test_packed_and_unpacked_versions_are_found_in_a_mirror(tmp_path: Path) -> None:
    provider = tmp_path / "mirror" / PROVIDER
    (provider / "5.100.0" / "linux_amd64").mkdir(parents=True)
    (provider / "terraform-provider-aws_6.9.0_linux_amd64.zip").touch()

    assert mirrored_versions({}, searched=[tmp_path]) == ["5.100.0", "6.9.0"]
