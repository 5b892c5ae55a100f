"""The program as the command line runs it: a separate process, in any folder."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from settings.location import FILE_VARIABLE
from tests.support.synthesized import ROOT


def run(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the program in a folder, with only the settings file of the tests and the paths of the tools."""
    kept = {"PATH", "HOME", "JSII_NODE", FILE_VARIABLE}
    bare = {name: value for name, value in os.environ.items() if name in kept}
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py")],
        cwd=folder,
        env=bare | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def files(outdir: Path) -> dict[str, bytes]:
    """Read every file below a folder."""
    return {str(file.relative_to(outdir)): file.read_bytes() for file in outdir.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def syntheses(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """Return the output of two silent runs: in the project's folder, and from another folder into a third one."""
    here, elsewhere, outdir = (tmp_path_factory.mktemp(name) for name in ("here", "elsewhere", "outdir"))
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(run, here), pool.submit(run, elsewhere, CDKTF_OUTDIR=str(outdir))]
    for process in (each.result() for each in runs):
        assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert files(elsewhere) == {}
    return [files(here / "cdktf.out"), files(outdir)]


def test_two_runs_from_different_folders_write_the_same_bytes(syntheses: list[dict[str, bytes]]) -> None:
    """The program has no credentials."""
    first, second = syntheses

    assert {Path(name).name for name in first} == {"manifest.json", "cdk.tf.json"}
    assert first == second


def test_no_path_of_the_machine_is_in_them(syntheses: list[dict[str, bytes]]) -> None:
    """Allowed: `/ecs/...` (log group), `/terraform/...` (parameter), `/tmp` (container) and `/` (health check)."""
    first, _ = syntheses
    texts = [content.decode() for content in first.values()]

    absolute = {path for text in texts for path in re.findall(r'"(/[^/"][^"]*)"', text)}
    of_the_container = {"/tmp"}  # noqa: S108 - a path in the container
    of_aws = ("/ecs/", "/aws/", "/vpc/", "/terraform/")
    assert {path for path in absolute if not path.startswith(of_aws)} == of_the_container
    for place in (str(ROOT), str(Path.home()), sys.prefix):
        assert not any(place in text for text in texts)


def test_bad_settings_end_it_with_one_line_and_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('[dev]\napp = "shop"\nregion = "eu-central-1"\ndomain = "shop"\n', encoding="utf-8")

    process = run(tmp_path, ENVIRONMENTS_FILE=str(file))

    assert (process.returncode, process.stdout, process.stderr) == (
        1,
        "",
        (
            "bad.toml: dev.domain: must be a lowercase domain name with at least one dot, at most 64 characters, "
            "got 'shop'\n"
        ),
    )
    assert not (tmp_path / "cdktf.out").exists()
