"""The lock files: versions and hashes, no hosts, and packages that run no scripts during installation."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tools import toolchain
from tools.toolchain import locks


@pytest.mark.parametrize("file", [*locks.PIPFILE_LOCKS, *locks.REQUIREMENTS, *locks.NPM_LOCKS], ids=str)
def test_the_lock_files_name_no_host(file: Path) -> None:
    assert re.findall(r"\w+://[^\"]*", (ROOT / file).read_text()) == []


@pytest.mark.parametrize("file", locks.PIPFILE_LOCKS, ids=str)
def test_every_python_package_is_locked_by_version_and_hash(file: Path) -> None:
    lock = json.loads((ROOT / file).read_text())
    packages = dict(locks.packages(lock))

    assert [name for name, locked in packages.items() if not re.fullmatch(r"==[^*]+", locked["version"])] == []
    assert [
        name
        for name, locked in packages.items()
        if not locked["hashes"] or not all(re.fullmatch("sha256:[0-9a-f]{64}", hash_) for hash_ in locked["hashes"])
    ] == []


@pytest.mark.parametrize("file", locks.REQUIREMENTS, ids=str)
def test_every_requirement_is_locked_by_version_and_hash(file: Path) -> None:
    lines = (ROOT / file).read_text().splitlines()

    assert lines
    assert [line for line in lines if not re.fullmatch(r"\S+==\S+ --hash=sha256:[0-9a-f]{64}", line)] == []


def test_the_requirements_of_the_example_are_those_that_are_locked() -> None:
    locked = json.loads((ROOT / "Pipfile.lock").read_text())["app"]
    lines = (ROOT / "examples" / "app" / "requirements.txt").read_text().splitlines()

    required = {re.sub(r"\[.*\]", "", line.partition(";")[0]): re.findall("--hash=(\\S+)", line) for line in lines}
    assert required == {name + package["version"]: package["hashes"] for name, package in locked.items()}


@pytest.mark.parametrize("file", locks.NPM_LOCKS, ids=str)
def test_every_npm_package_is_locked_by_hash_or_bundled(file: Path) -> None:
    packages = json.loads((ROOT / file).read_text())["packages"]
    del packages[""]

    assert packages
    assert [
        path
        for path, locked in packages.items()
        if not locked.get("inBundle") and not locked.get("integrity", "").startswith("sha512-")
    ] == []


@pytest.mark.parametrize("file", locks.NPM_LOCKS, ids=str)
def test_no_npm_package_has_an_install_script(file: Path) -> None:
    packages = json.loads((ROOT / file).read_text())["packages"]

    assert [path for path, locked in packages.items() if locked.get("hasInstallScript")] == []


@pytest.mark.parametrize(("os", "cpu"), [("linux", "x64"), ("linux", "arm64"), ("darwin", "arm64")])
def test_npm_packages_bring_their_binaries_for_each_platform(os: str, cpu: str) -> None:
    """npm runs no scripts. So a package with an install script would lack what this script builds."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    choices = [
        [packages[f"node_modules/{name}"] for name in names if "cpu" in packages[f"node_modules/{name}"]]
        for path, locked in packages.items()
        if not locked.get("inBundle") and (names := locked.get("optionalDependencies"))
    ]

    assert any(choices) == ("node_modules/cdktf-cli" in packages)  # the command line of cdktn has no binaries
    assert [each for each in choices if each and not any(os in one["os"] and cpu in one["cpu"] for one in each)] == []


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


def test_make_lock_removes_hosts_from_the_lock_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    package = {"hashes": ["sha256:0"], "index": "corporate", "version": "==1"}
    source = {"name": "corporate", "url": "https://pypi.example.com/simple", "verify_ssl": True}
    for file in (*locks.PIPFILE_LOCKS, *locks.NPM_LOCKS):
        file.parent.mkdir(parents=True, exist_ok=True)
    for file in locks.PIPFILE_LOCKS:
        file.write_text(json.dumps({"_meta": {"sources": [source]}, "default": {"a": package}, "app": {"b": package}}))
    dependency = {"version": "1.0.0", "integrity": "sha512-0", "resolved": "https://npm.example.com/a.tgz"}
    funded = {**dependency, "funding": {"url": "https://example.com"}}
    for file in locks.NPM_LOCKS:
        file.write_text(
            json.dumps({"packages": {"": {"name": "root"}, "node_modules/a": dependency, "node_modules/b": funded}})
        )

    # It queries the package index. A test above checks what it has written.
    monkeypatch.setattr(locks, "_lock_requirements", lambda _: None)

    locks.main()

    locked = {"hashes": ["sha256:0"], "version": "==1"}
    for file in locks.PIPFILE_LOCKS:
        assert json.loads(file.read_text()) == {
            "_meta": {"sources": []},
            "default": {"a": locked},
            "app": {"b": locked},
        }
    for file in locks.NPM_LOCKS:
        assert json.loads(file.read_text()) == {
            "packages": {
                "": {"name": "root"},
                "node_modules/a": {"version": "1.0.0", "integrity": "sha512-0"},
                "node_modules/b": {"version": "1.0.0", "integrity": "sha512-0"},
            }
        }
