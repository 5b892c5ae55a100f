"""Tests of `make outputs`, with environments that are deployed and that are not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operations import outputs
from operations.diff.stacks import CROSS_STACK
from tools.toolchain.cli import Cdktf

DEPLOYED: dict[str, dict[str, Any]] = {
    "dev-registry": {"repository_url": "1.dkr.ecr/shop", f"{CROSS_STACK.removeprefix('output.')}url": "1.dkr.ecr/shop"},
    "dev-dns": {"name_servers": ["a", "b"]},
    "dev-main": {"url": "https://shop", "port": 80},
}


def run(monkeypatch: pytest.MonkeyPatch, deployed: Mapping[str, dict[str, Any]], folder: Path) -> int:
    monkeypatch.setattr(Cdktf, "synth", lambda _: None)
    monkeypatch.setenv("CDKTF_OUTPUT", str(folder / "cdktf.out"))
    monkeypatch.setattr(Cdktf, "outputs", lambda _, stack: deployed.get(stack, {}))
    monkeypatch.setattr("sys.argv", ["make outputs", "dev"])
    return outputs.main()


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


def test_an_environment_that_is_not_deployed_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, {}, tmp_path) == 1

    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "✗ dev: is not deployed; its stacks have no outputs\n")
