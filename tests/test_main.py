"""The composition root: settings to stacks."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import cdktf
import pytest

import main
from settings import load
from tests.support.synthesized import ROOT, Stack, System, read

TWO_ENVIRONMENTS = """
[blue]
app = "shop"
region = "eu-west-1"
domain = "blue.example.com"

[green]
app = "shop"
region = "eu-west-2"
domain = "green.example.com"
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., System]:
    """Return a function that runs the program without the caller's variables and reads its output."""
    outdir = tmp_path / "cdktf.out"
    monkeypatch.setattr(main, "App", partial(cdktf.App, outdir=str(outdir)))
    for name in ("ENVIRONMENTS_FILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    def run(environment: str | None = None) -> System:
        main.main(environment=environment)
        return read(outdir)

    return run


def uses_path_style(stack: Stack) -> bool:
    """Return whether the stack's provider puts the bucket in the path and not in the host name."""
    [provider] = stack.json["provider"]["aws"]
    return bool(provider.get("s3_use_path_style"))


@pytest.mark.project
def test_the_settings_file_next_to_the_program_is_read(
    run: Callable[..., System], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    environments = [settings.environment for settings in load(ROOT / "environments.toml")]
    assert {stack.rpartition("-")[0] for stack in run()} == set(environments)


def test_a_variable_names_another_settings_file(
    run: Callable[..., System], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each environment of the file has its stacks."""
    file = tmp_path / "two.toml"
    file.write_text(TWO_ENVIRONMENTS, encoding="utf-8")
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(file))

    system = run()

    assert set(system) == {f"{name}-{part}" for name in ("blue", "green") for part in ("registry", "dns", "main")}
    assert system["green-dns"].resource("aws_route53_zone")["name"] == "green.example.com"
    assert system["green-dns"].json["provider"]["aws"][0]["region"] == "eu-west-2"
    assert {name.split(".")[0] for name in system["green-main"].json["data"]["terraform_remote_state"]} == {
        "cross-stack-reference-input-green-registry",
        "cross-stack-reference-input-green-dns",
    }


def test_one_environment_is_the_same_without_the_others(
    run: Callable[..., System], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "two.toml"
    file.write_text(TWO_ENVIRONMENTS, encoding="utf-8")
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(file))

    alone, of_all = run("green"), run()

    assert {*alone} == {"green-registry", "green-dns", "green-main"}
    assert all(of_all[name].json == stack.json for name, stack in alone.items())


@pytest.mark.parametrize("name", ["red", ""])
def test_an_unknown_environment_ends_the_program(
    name: str, run: Callable[..., System], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "two.toml"
    file.write_text(TWO_ENVIRONMENTS, encoding="utf-8")
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(file))

    with pytest.raises(SystemExit, match=rf"unknown environment {name}; known environments: blue, green$"):
        run(name)


def test_buckets_are_named_in_the_path_only_where_an_endpoint_is_set(
    run: Callable[..., System], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any(uses_path_style(stack) for stack in run().values())

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")

    assert all(uses_path_style(stack) for stack in run().values())


def test_a_bad_settings_file_ends_the_program_with_its_errors(
    run: Callable[..., System], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(tmp_path / "none.toml"))

    expected = rf"^{tmp_path}/none\.toml: cannot be read: No such file or directory; ENVIRONMENTS_FILE names this file"
    with pytest.raises(SystemExit, match=expected):
        run()
