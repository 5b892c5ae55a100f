"""Watched image tags: valid patterns, and the tags that they match."""

from pathlib import Path

import pytest

from settings import PipelineSettings
from tests.support.settings_files import refusal, with_line

FORM = (
    'must be an image tag such as "latest" or a pattern such as "v*": at most 128 letters, digits, dots, '
    "hyphens, underscores and asterisks, without a dot or hyphen at the start"
)
A_SIGNATURES = (
    'must be "*" or match no tag that begins with "sha256-", because these tags are signatures, and the push of a '
    "signature must not start a deployment"
)
THE_TAG_OF_NO_IMAGE = (
    'must not match "start-with-a-source-revision", a tag that the pipeline uses and that no image may have'
)


@pytest.mark.parametrize(
    ("watch", "fault"),
    [
        ("", FORM),
        ("a tag", FORM),
        (".v1", FORM),
        ("-v*", FORM),
        ("v?", FORM),
        ("v" * 129, FORM),
        ("**", "must not have two * in a row, which EventBridge refuses"),
        ("v**-rc", "must not have two * in a row, which EventBridge refuses"),
        ("v*a*a*a*a*", "must have at most 4 *, the limit of an ECR lifecycle policy"),
        ("sha256-abc", A_SIGNATURES),
        ("sha256-*", A_SIGNATURES),
        ("sha256*", A_SIGNATURES),
        ("s*", A_SIGNATURES),
        ("*-rc", A_SIGNATURES),
        ("start-*", THE_TAG_OF_NO_IMAGE),
        ("start-with-a-source-revision", THE_TAG_OF_NO_IMAGE),
    ],
)
def test_an_invalid_tag_or_pattern_is_refused(watch: str, fault: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, f"pipeline.watch = {watch!r}")) == [
        f"dev.pipeline.watch: {fault}, got {watch!r}"
    ]


@pytest.mark.parametrize(
    ("watch", "tags", "others"),
    [
        ("latest", ["latest"], ["latest-1", "Latest", "", "sha256-ab.sig"]),
        ("v*", ["v", "v1", "v1.2-rc"], ["1v", "V1", "latest", ""]),
        ("v*-rc*", ["v1-rc", "v-rc2"], ["v1", "v1-r"]),
        ("v.*", ["v.1"], ["v1", "vx1"]),
        ("sha-*", ["sha-0a1b2c"], ["sha256-ab.sig", "sha"]),
        ("sha256", ["sha256"], ["sha256-ab.sig"]),
        ("*", ["latest", "v1", "_", "sha256"], ["", "sha256-ab.sig", "sha256-ab", "sha256-"]),
        ("*".join("vabcd"), ["vabcd", "v1a2b3c4d"], ["vabdc"]),
        ("t" * 128, ["t" * 128], ["t" * 127]),
    ],
)
def test_a_pattern_matches_the_tags_that_it_means(watch: str, tags: list[str], others: list[str]) -> None:
    settings = PipelineSettings(watch=watch)

    assert [tag for tag in tags if not settings.watches(tag)] == []
    assert [tag for tag in others if settings.watches(tag)] == []


@pytest.mark.parametrize(("watch", "moving"), [("latest", "latest"), ("v*", None), ("*", None)])
def test_a_tag_moves_unless_it_is_a_pattern(watch: str, moving: str | None) -> None:
    assert PipelineSettings(watch=watch).moving_tag == moving
