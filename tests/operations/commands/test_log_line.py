"""Tests of the lines of logs: what a terminal, a file and a script get."""

import json
from datetime import datetime, timedelta, timezone

from operations.commands.log_line import LogLine, LogName

TIME = datetime(2026, 11, 29, 22, 0, 1, 500000, tzinfo=timezone(timedelta(hours=1)))


def line(text: str, log: LogName = "service", source: str = "0123456789abcdef") -> LogLine:
    return LogLine(environment="dev", region="eu-central-1", log=log, time=TIME, source=source, text=text)


def test_each_line_of_an_event_has_time_and_source() -> None:
    assert list(line("first\n\n  second").lines()) == [
        "2026-11-29 21:00:01  01234567  first",
        "2026-11-29 21:00:01  01234567",
        "2026-11-29 21:00:01  01234567    second",
    ]


def test_the_stream_of_a_database_is_not_cut() -> None:
    assert list(line("slow", "database", "shop-dev.0").lines()) == ["2026-11-29 21:00:01  shop-dev.0  slow"]


def test_an_event_is_one_line_of_json_in_ascii() -> None:
    text = "first\nsecond \x1b[31m\x9b \u202e"

    made = line(text).json_line()

    assert made.isascii()
    assert made.isprintable()
    assert json.loads(made) == {
        "environment": "dev",
        "region": "eu-central-1",
        "log": "service",
        "time": "2026-11-29T22:00:01.500000+01:00",
        "source": "0123456789abcdef",
        "text": text,
    }
