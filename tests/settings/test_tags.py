"""Tags that a user may add to all resources."""

from pathlib import Path

import pytest

from settings import load
from tests.support.settings_files import MINIMAL, refusal, with_line, written


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'tags.environment = "x"',
            "dev.tags.environment: must not be a tag that every stack sets, got 'environment'",
        ),
        (
            'tags.Environment = "prod"',
            "dev.tags.Environment: must not be a tag that every stack sets, got 'Environment'",
        ),
        (
            'tags = { Team = "a", tier = "1", team = "b" }',
            (
                "dev.tags: must not have names that differ only in case (Team, team), "
                "got {'Team': 'a', 'tier': '1', 'team': 'b'}"
            ),
        ),
        (
            'tags."aws:x" = "x"',
            "dev.tags.aws:x: must not begin with aws:, which AWS reserves, got 'aws:x'",
        ),
        (
            'tags.owner = "aws:x"',
            "dev.tags.owner: must not begin with aws:, which AWS reserves, got 'aws:x'",
        ),
        (
            f'tags.{128 * "x"} = "x"',
            (
                f"dev.tags.{128 * 'x'}: must be 1 to 127 characters: letters, digits, spaces or any of "
                f"\"_.:/=+@-\", got '{128 * 'x'}'"
            ),
        ),
        (
            f'tags.owner = "{256 * "x"}"',
            (
                'dev.tags.owner: must be at most 255 characters: letters, digits, spaces or any of "_.:/=+@-", '
                f"got '{256 * 'x'}'"
            ),
        ),
        (
            'tags.owner = "${x}"',
            (
                'dev.tags.owner: must be at most 255 characters: letters, digits, spaces or any of "_.:/=+@-", '
                "got '${x}'"
            ),
        ),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


def test_tags_may_be_of_any_script(tmp_path: Path) -> None:
    [settings] = load(written(tmp_path, MINIMAL + 'tags = { "Größe" = "三" }'))

    assert settings.tags == {"Größe": "三"}


def test_more_tags_than_aws_allows_are_refused(tmp_path: Path) -> None:
    tags = "\n".join(f'tags.t{number} = "x"' for number in range(47))

    [line] = refusal(written(tmp_path, MINIMAL + tags))
    assert line.startswith("dev.tags: must have at most 46 tags, has 47, got {'t0': 'x'")
