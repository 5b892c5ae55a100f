"""The user's environment variables: refused by name, or harmless."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.synthesized import ROOT
from tools.toolchain import variables
from tools.toolchain.variables import (
    DEFAULT_TMPDIR,
    PATHS,
    VariableError,
    filtered,
    with_absolute_paths,
    with_writable_folders,
)

STATE_ELSEWHERE = [
    {"TF_WORKSPACE": "staging"},
    {"TF_DATA_DIR": "/tmp/data"},  # noqa: S108 - only a value
    {"TF_DATA_DIR": "default"},
    {"TF_REATTACH_PROVIDERS": "{}"},
    {"TF_CLI_ARGS": "-state=other.tfstate"},
    {"TF_CLI_ARGS_apply": "-state-out other.tfstate"},
    {"TF_CLI_ARGS_plan": "-lock=false"},
    {"TF_CLI_ARGS_init": "-backend-config=bucket=other"},
    {"TF_CLI_ARGS_init": "-backend=false"},
    {"TF_CLI_ARGS_init": "-reconfigure"},
    {"TF_CLI_ARGS_init": "-from-module=other"},
    {"TF_CLI_ARGS_init": "-force-copy"},
]
OF_CDKTF = [
    {"CDKTF_HELP": "true"},
    {"CDKTF_HCL": "true"},
    {"CDKTF_REFRESH_ONLY": "true"},
    {"CDKTF_APP": "python other.py"},
    {"CDKTF_SKIP_SYNTH": "true"},
]
A_PART = [
    {"TF_CLI_ARGS_plan": "-target=aws_ecs_cluster.service_cluster"},
    {"TF_CLI_ARGS_plan": "-target aws_ecs_cluster.service_cluster"},
    {"TF_CLI_ARGS_plan": "--target=aws_ecs_cluster.service_cluster"},
    {"TF_CLI_ARGS_plan": "-exclude=aws_ecs_cluster.service_cluster"},
    {"TF_CLI_ARGS_plan": "-replace=aws_db_instance.database"},
    {"TF_CLI_ARGS_plan": "-refresh=false"},
    {"TF_CLI_ARGS_plan": "-refresh-only"},
    {"TF_CLI_ARGS_plan": "-destroy"},
    {"TF_CLI_ARGS_apply": "'-destroy'"},
    {"TF_CLI_ARGS": "-var-file=other.tfvars"},
    {"TF_CLI_ARGS_plan": "-generate-config-out=new.tf"},
]
ANOTHER_OUTPUT = [
    {"TF_CLI_ARGS_plan": "-detailed-exitcode"},
    {"TF_CLI_ARGS_plan": "-out=mine"},
    {"TF_CLI_ARGS": "-json"},
    {"TF_CLI_ARGS_show": "-no-color=false -json=false"},
    {"TF_CLI_ARGS_plan": "-input=true"},
    {"TF_CLI_ARGS_plan": "dev.tfplan"},
    {"TF_CLI_ARGS_plan": "-parallelism=5 5"},
    {"TF_CLI_ARGS_plan": "'unclosed"},
    {"TF_CLI_ARGS": "-lock-timeout=1m"},
    {"TF_CLI_ARGS_output": "-parallelism=5"},
    {"TF_CLI_ARGS_init": "-parallelism=5"},
    {"TF_CLI_ARGS_import": "-compact-warnings"},
    {"TF_CLI_ARGS_show": "-compact-warnings"},
]
HARMLESS = [
    {},
    {"TF_WORKSPACE": ""},
    {"TF_WORKSPACE": "default"},
    {"TF_CLI_ARGS": ""},
    {"TF_CLI_ARGS": "-no-color"},
    {"TF_CLI_ARGS_plan": "-parallelism=5 -lock-timeout=1m"},
    {"TF_CLI_ARGS_plan": "-parallelism 5 --lock-timeout 1m -compact-warnings"},
    {"TF_CLI_ARGS_init": "-lock-timeout=1m"},
    {"TF_CLI_ARGS_output": "-no-color"},
    {"CDKTF_OUTPUT": "/out", "CDKTF_LOG_LEVEL": "debug", "CDKTF_AUTO_APPROVE": "true"},
    {"TF_LOG": "DEBUG"},
    {"TF_PLUGIN_CACHE_DIR": "/plugins"},
    {"TF_IN_AUTOMATION": "1"},
    {"TF_CLI_ARGUMENTS": "-json"},
]


@pytest.mark.parametrize("given_", [*STATE_ELSEWHERE, *OF_CDKTF, *A_PART, *ANOTHER_OUTPUT], ids=str)
def test_variables_that_change_a_plan_are_refused_by_name(given_: Mapping[str, str]) -> None:
    [name] = given_

    with pytest.raises(VariableError, match=rf"^{name}\b") as error:
        filtered(given_)

    assert "\n" not in str(error.value)


@pytest.mark.parametrize("given_", HARMLESS, ids=str)
def test_harmless_variables_are_kept(given_: Mapping[str, str]) -> None:
    assert filtered(given_) == given_


def test_force_copy_is_allowed_where_the_state_moves() -> None:
    told = {"TF_CLI_ARGS_init": "-force-copy"}

    assert filtered(told, moves_state=True) == told
    with pytest.raises(VariableError, match=r"^TF_CLI_ARGS_plan: -force-copy is not allowed"):
        filtered({"TF_CLI_ARGS_plan": "-force-copy"}, moves_state=True)


def test_all_refused_variables_are_reported_at_once() -> None:
    with pytest.raises(VariableError) as error:
        filtered({"TF_CLI_ARGS_plan": "-destroy", "TF_WORKSPACE": "staging", "TF_CLI_ARGS": "-json"})

    assert [line.partition(" ")[0] for line in str(error.value).splitlines()] == [
        "TF_WORKSPACE=staging",
        "TF_CLI_ARGS:",
        "TF_CLI_ARGS_plan:",
    ]


@given(st.text())
def test_no_value_raises_another_error(value: str) -> None:
    try:
        filtered({"TF_CLI_ARGS": value, "TF_WORKSPACE": value, "TF_DATA_DIR": value})
    except VariableError as error:
        assert str(error)  # noqa: PT017 - anything else would fail


PROGRAMS = [
    [str(ROOT / "tools" / "toolchain" / "cdktf"), "diff", "dev-main"],
    [sys.executable, "-m", "operations.diff", "dev"],
    [sys.executable, "-m", "tools.scanners.audit"],
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: " ".join(program[-3:]))
def test_every_program_reports_a_refused_variable(program: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "TF_WORKSPACE": "staging", "CDKTF_OUTPUT": str(tmp_path / "cdktf.out")}

    process = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert (process.returncode, process.stdout) == (1, "")
    [line] = process.stderr.splitlines()
    assert "TF_WORKSPACE=staging selects another state or provider. Unset it, because " in line


CACHES = ("npm_config_cache", "JSII_RUNTIME_PACKAGE_CACHE_ROOT", "TMPDIR")
UNWRITABLE = ["/dev/null", "/none", ""]


def _shown_by_make(environment: Mapping[str, str]) -> dict[str, str]:
    process = subprocess.run(
        ["make", "--no-print-directory", "--eval", "shown: ; @env", "shown"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(re.findall(r"^(\w+)=(.*)$", process.stdout, re.MULTILINE))


@pytest.mark.parametrize("folder", UNWRITABLE)
def test_an_unwritable_home_is_replaced_by_the_projects_folder(folder: str) -> None:
    base = {"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder or "/none"}
    own = ROOT / ".tools" / "cache"

    variables = with_writable_folders(base, own)

    assert {name: variables[name] for name in CACHES} == {
        "npm_config_cache": f"{own}/npm",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": f"{own}/jsii",
        "TMPDIR": str(own / "tmp"),
    }
    shown = _shown_by_make(base)
    assert {name: shown[name] for name in CACHES} == {name: variables[name] for name in CACHES}
    assert (own / "tmp").is_dir()


def test_writable_folders_and_the_users_variables_are_kept(tmp_path: Path) -> None:
    base = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": DEFAULT_TMPDIR}
    named = {**base, "HOME": "/dev/null", "npm_config_cache": "/cache", "JSII_RUNTIME_PACKAGE_CACHE_ROOT": "/jsii"}

    assert with_writable_folders(base, tmp_path) == base
    assert with_writable_folders(named, tmp_path) == named
    assert not {*CACHES[:2]} & _shown_by_make(base).keys()
    assert {name: _shown_by_make(named)[name] for name in CACHES} == {name: named[name] for name in CACHES}


def test_a_path_that_is_too_long_for_sockets_is_replaced(tmp_path: Path) -> None:
    """Terraform says only "bind: invalid argument"."""
    with tempfile.TemporaryDirectory(dir=DEFAULT_TMPDIR) as short:
        fitting, too_long = (Path(short, "ü" * ((size - len(short) - 1) // 2)) for size in (76, 78))
        for folder in (fitting, too_long):
            folder.mkdir()
        named = [
            with_writable_folders({"HOME": str(tmp_path), "TMPDIR": str(folder)}, tmp_path)["TMPDIR"]
            for folder in (fitting, too_long)
        ]

    assert named == [str(fitting), DEFAULT_TMPDIR]


def test_relative_paths_count_from_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given_ = dict.fromkeys(PATHS, "a/../b") | {"AWS_CONFIG_FILE": "~/config", "TF_LOG_PATH": "/log", "TMPDIR": ""}

    assert with_absolute_paths(given_) == dict.fromkeys(PATHS, str(tmp_path / "b")) | {
        "AWS_CONFIG_FILE": "~/config",
        "TF_LOG_PATH": "/log",
        "TMPDIR": "",
    }


@pytest.mark.slow
def test_without_a_home_cdktf_synthesizes(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": "/dev/null", "CDKTF_OUTPUT": str(tmp_path / "cdktf.out")}
    environment.pop("JSII_RUNTIME_PACKAGE_CACHE_ROOT", None)

    process = subprocess.run(
        [ROOT / "tools" / "toolchain" / "cdktf", "synth"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 0, process.stdout + process.stderr
    assert "Generated Terraform code for the stacks: dev-dns" in process.stdout


def test_make_and_cdktf_remove_the_same_python_variables() -> None:
    others = dict.fromkeys(variables.REMOVED, "1")

    shown = _shown_by_make({**os.environ, **others})

    assert (set(shown) & set(others), "PATH" in shown) == (set(), True)
    assert filtered(others) == {}
