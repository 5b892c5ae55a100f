"""The check that every locked package has a wheel for every supported platform, with real pip and tiny wheels."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from tools.scanners import wheels
from tools.scanners.wheels import PLATFORMS, WheelError, faults
from tools.toolchain.locks import PIPFILE_LOCKS, REQUIREMENTS

LINUX, LINUX_ARM, MAC = PLATFORMS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which pip finds wheels. pip uses no package index."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path


def wheel(folder: Path, tags: str) -> str:
    """Write a wheel of the package `tiny`, and return its hash."""
    path = folder / f"tiny-1.0-{tags}.whl"
    with ZipFile(path, "w") as archive:
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return f"sha256:{sha256(path.read_bytes()).hexdigest()}"


def pipfile_lock(folder: Path, *hashes: str, **entry: str) -> Path:
    """Write a Pipfile.lock with the package `tiny`, and return its path."""
    lock = folder / "Pipfile.lock"
    packages: Mapping[str, object] = {"tiny": {"version": "==1.0", "hashes": hashes, **entry}}
    lock.write_text(json.dumps({"default": packages, "develop": {}}))
    return lock


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tags", "platform", "python"),
    [
        ("py3-none-any", LINUX_ARM, "3.14"),
        ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", LINUX, "3.11"),
        ("cp312-abi3-manylinux_2_28_aarch64", LINUX_ARM, "3.14"),
        ("py3-none-manylinux_2_35_x86_64", LINUX, "3.13"),
        ("cp314-cp314-macosx_11_0_arm64", MAC, "3.14"),
        ("py3-none-macosx_10_15_universal2", MAC, "3.12"),
    ],
)
def test_a_fitting_wheel_is_found(folder: Path, tags: str, platform: wheels.Platform, python: str) -> None:
    assert faults(pipfile_lock(folder, wheel(folder, tags)), platform, python) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tags", "platform", "python", "where"),
    [
        ("cp314-cp314-manylinux_2_28_x86_64", LINUX_ARM, "3.14", "Linux arm64 on Python 3.14"),
        ("cp313-cp313-manylinux_2_28_x86_64", LINUX, "3.14", "Linux x86-64 on Python 3.14"),
        ("py3-none-manylinux_2_36_x86_64", LINUX, "3.11", "Linux x86-64 on Python 3.11"),
        ("py3-none-macosx_11_0_x86_64", MAC, "3.11", "macOS arm64 on Python 3.11"),
        ("py3-none-macosx_15_0_arm64", MAC, "3.11", "macOS arm64 on Python 3.11"),
    ],
)
def test_a_wheel_for_another_platform_does_not_count(
    folder: Path, tags: str, platform: wheels.Platform, python: str, where: str
) -> None:
    lock = pipfile_lock(folder, wheel(folder, tags))

    assert faults(lock, platform, python) == [f"{lock}: tiny 1.0 has no wheel for {where}"]


@pytest.mark.slow
def test_a_package_for_later_versions_of_python_is_a_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hash_ = wheel(folder, "py3-none-any")
    lock = pipfile_lock(folder, hash_, markers="python_full_version >= '3.11.5'")
    page = folder / "index" / "tiny" / "index.html"
    page.parent.mkdir(parents=True)
    link = "../../tiny-1.0-py3-none-any.whl"
    page.write_text(f'<!DOCTYPE html><a href="{link}" data-requires-python="&gt;=3.11.5">{link[6:]}</a>')
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", page.parents[1].as_uri())

    assert faults(lock, LINUX, "3.11") == [f"{lock}: tiny 1.0 has no wheel for Linux x86-64 on Python 3.11"]
    assert faults(lock, LINUX, "3.12") == []


@pytest.mark.slow
def test_a_marker_excludes_a_package_from_a_platform(folder: Path) -> None:
    hash_ = wheel(folder, "py3-none-macosx_10_15_universal2")
    lock = pipfile_lock(folder, hash_, markers="sys_platform != 'linux' or platform_machine != 'aarch64'")

    assert faults(lock, LINUX_ARM, "3.11") == []
    assert faults(lock, MAC, "3.11") == []
    assert faults(lock, LINUX, "3.11") == [f"{lock}: tiny 1.0 has no wheel for Linux x86-64 on Python 3.11"]


@pytest.mark.slow
def test_the_hash_of_the_wheel_must_be_locked(folder: Path) -> None:
    wheel(folder, "cp314-cp314-macosx_11_0_arm64")
    lock = pipfile_lock(folder, wheel(folder, "py3-none-manylinux_2_28_x86_64"))

    assert faults(lock, MAC, "3.14") == [f"{lock}: tiny 1.0 has no hash of its wheel for macOS arm64 on Python 3.14"]
    assert faults(lock, LINUX, "3.14") == []


@pytest.mark.slow
def test_every_package_of_a_requirements_file_is_checked(folder: Path) -> None:
    lock = folder / "requirements.txt"
    lock.write_text(
        f"absent==2.0 --hash=sha256:0\ntiny==1.0 --hash={wheel(folder, 'py3-none-any')}\nlost==3.0 --hash=sha256:0\n"
    )

    assert faults(lock, MAC, "3.14") == [
        f"{lock}: absent 2.0 has no wheel for macOS arm64 on Python 3.14",
        f"{lock}: lost 3.0 has no wheel for macOS arm64 on Python 3.14",
    ]


@pytest.mark.slow
def test_another_error_of_pip_is_not_a_missing_wheel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = pipfile_lock(folder, wheel(folder, "py3-none-any"))
    monkeypatch.setenv("PIP_TIMEOUT", "never")

    with pytest.raises(WheelError, match=r"wheels for macOS arm64 on Python 3\.11:\n(.|\n)*never"):
        faults(lock, MAC, "3.11")


@pytest.mark.parametrize("missing", [True, False])
def test_the_check_fails_with_one_message_for_each_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, missing: bool
) -> None:
    def found_in(lock: Path, platform: wheels.Platform, python: str) -> list[str]:
        return [f"{lock}: {python}"] if missing and platform is LINUX_ARM else []

    monkeypatch.setattr(wheels, "faults", found_in)

    assert wheels.main() == int(missing)
    expected = [
        f"✗ {lock}: {python}\n"
        for lock in (*PIPFILE_LOCKS, *REQUIREMENTS)
        for python in ("3.11", "3.12", "3.13", "3.14")
    ]
    assert capsys.readouterr().err == ("".join(expected) if missing else "")
