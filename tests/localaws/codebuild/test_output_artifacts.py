"""The output artifact of a build."""

from typing import Any

import pytest

from tests.support.localaws.builds import build, commands, failed, kept


@pytest.mark.parametrize(
    ("artifacts", "names"),
    [
        (
            {"files": ["**/*"]},
            ["a.json", "imageDetail.json", "out/b.json", "out/deep/.c", "out/deep/d.json", "sub/x.txt"],
        ),
        ({"files": ["*.json"]}, ["a.json", "imageDetail.json"]),
        ({"files": ["out/*", "none", "a.json"]}, ["a.json", "out/b.json"]),
        ({"files": ["**/*.json"], "base-directory": "out"}, ["b.json", "deep/d.json"]),
        ({"files": ["**/*.json"], "base-directory": "o*", "discard-paths": "yes"}, ["b.json", "d.json"]),
        ({"files": ["out/deep/*"], "discard-paths": "no"}, ["out/deep/.c", "out/deep/d.json"]),
    ],
)
def test_the_files_that_the_buildspec_names_are_kept(role: str, artifacts: Any, names: list[str]) -> None:
    lines = "mkdir -p out/deep; echo > a.json; echo > out/b.json; echo > out/deep/.c; echo > out/deep/d.json"
    assert build(role, commands(lines, keep=None, artifacts=artifacts)).status == "SUCCEEDED"
    assert sorted(kept()) == names


@pytest.mark.parametrize(
    ("artifacts", "message"),
    [
        ({"files": ["none", "sub"]}, "no matching artifact paths found"),
        ({"files": ["*"], "base-directory": "dist"}, "no matching base directory path found for dist"),
    ],
)
def test_an_output_without_files_fails_the_build(role: str, artifacts: Any, message: str) -> None:
    run = build(role, commands("true", keep=None, artifacts=artifacts))
    assert failed(run) == ("FAILED", "UPLOAD_ARTIFACTS", "CLIENT_ERROR", message)
