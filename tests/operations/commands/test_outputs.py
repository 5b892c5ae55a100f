"""Tests of `ops outputs`, with environments that are deployed and that are not."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operations.commands import outputs
from operations.diff.stacks import CROSS_STACK
from tools.toolchain.cli import Cdktf

DEPLOYED: dict[str, dict[str, Any]] = {
    "dev-registry": {"repository_url": "1.dkr.ecr/shop", f"{CROSS_STACK.removeprefix('output.')}url": "1.dkr.ecr/shop"},
    "dev-dns": {"name_servers": ["a", "b"]},
    "dev-main": {"url": "https://shop", "port": 80},
}


def run(
    monkeypatch: pytest.MonkeyPatch, deployed: Mapping[str, dict[str, Any]], folder: Path, *, as_json: bool = False
) -> int:
    monkeypatch.setattr(Cdktf, "synth", lambda _: None)
    monkeypatch.setenv("CDKTF_OUTPUT", str(folder / "cdktf.out"))
    monkeypatch.setattr(Cdktf, "outputs", lambda _, stack: deployed.get(stack, {}))
    return outputs.answer(argparse.Namespace(environment="dev", json=as_json))


def test_outputs_for_other_stacks_are_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, DEPLOYED, tmp_path) == 0

    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "repository_url = 1.dkr.ecr/shop",
        'name_servers = ["a", "b"]',
        "port = 80",
        "url = https://shop",
    ]
    assert said.err == ""


def test_the_json_has_the_values_with_their_types(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, DEPLOYED, tmp_path, as_json=True) == 0

    said = json.loads(capsys.readouterr().out)
    assert said == {
        "environment": "dev",
        "region": "eu-central-1",
        "outputs": {"repository_url": "1.dkr.ecr/shop", "name_servers": ["a", "b"], "port": 80, "url": "https://shop"},
    }


def test_an_environment_that_is_not_deployed_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, {}, tmp_path) == 1

    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "✗ dev: is not deployed; its stacks have no outputs\n")
