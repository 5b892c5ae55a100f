"""Tests of log events, with answers of CloudWatch Logs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.system.logs.events import PAUSES_SECONDS, Event, Logs
from operations.system.logs.streams import Stream, Streams

BEGIN = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
PAGE = 2


class FakeLogs:
    """A log group, with pages of two events. Requests fail as long as `errors` has codes."""

    def __init__(self, *events: tuple[float, str]) -> None:
        self.events = list(events)
        self.errors: list[str] = []
        self.requests: list[Mapping[str, Any]] = []
        self.slept: list[float] = []
        self.reader = Logs(self, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert len(self.slept) < 100, "the reader waits for an event"

    def filter_log_events(self, **members: Any) -> dict[str, Any]:
        self.requests.append(members)
        if self.errors:
            raise ClientError({"Error": {"Code": self.errors.pop(), "Message": ""}}, "FilterLogEvents")
        found = [
            {"eventId": str(number), "timestamp": at, "message": text, "logStreamName": "app/app/1234"}
            for number, (seconds, text) in enumerate(self.events)
            if (at := round((BEGIN.timestamp() + seconds) * 1000)) >= members["startTime"]
        ]
        found.sort(key=lambda event: int(str(event["timestamp"])))
        first = int(members.get("nextToken", 0))
        more = {"nextToken": str(first + PAGE)} if first + PAGE < len(found) else {}
        return {"events": found[first : first + PAGE]} | more

    def get_log_events(self, **members: Any) -> dict[str, Any]:
        """Return the pages in the order in which CloudWatch returns them: backward, with an empty page in between."""
        self.requests.append(members)
        pages = [["5"], [], ["3", "4"], ["1", "2"]]
        index = int(members.get("nextToken", 0))
        texts = pages[index] if index < len(pages) else []
        events = [{"timestamp": 0, "message": text} for text in texts]
        return {"events": events, "nextBackwardToken": str(min(index + 1, len(pages)))}


def test_all_pages_since_a_time_are_read() -> None:
    fake = FakeLogs(*((float(second), f"{second}\n") for second in range(-1, 5)))

    found = list(fake.reader.since(Streams("group", "app/app/"), BEGIN, "ERROR"))

    assert [(each.text, each.source, each.time - BEGIN) for each in found] == [
        (str(second), "1234", timedelta(seconds=second)) for second in range(5)
    ]
    common = {"logGroupName": "group", "logStreamNamePrefix": "app/app/", "filterPattern": "ERROR"}
    assert [each.items() >= common.items() for each in fake.requests] == [True] * 3


def test_following_repeats_and_loses_no_line() -> None:
    """Two events have the same time, and an event appears after newer events."""
    fake = FakeLogs((1.123, "first"), (1.123, "second"))
    found = texts(fake.reader.follow(Streams("group"), BEGIN))
    seen = [*islice(found, 2)]
    fake.events += [(1.123, "same time"), (40, "new"), (20, "late"), (40, "also new")]
    seen += islice(found, 4)
    fake.events += [(75.9999, "last")]
    seen += islice(found, 1)
    fake.events += [(76, "end")]
    seen += islice(found, 1)

    assert seen == ["first", "second", "same time", "late", "new", "also new", "last", "end"]


def test_an_event_of_the_future_hides_no_event() -> None:
    """CloudWatch accepts events of the next two hours: the clock of a host can be wrong."""
    now = (datetime.now(UTC) - BEGIN).total_seconds()
    fake = FakeLogs((now + 3600, "future"))
    found = texts(fake.reader.follow(Streams("group"), datetime.now(UTC) - timedelta(minutes=1)))
    seen = [*islice(found, 1)]
    fake.events += [(now, "now")]

    assert [*seen, *islice(found, 1)] == ["future", "now"]


def test_following_goes_on_after_throttled_requests() -> None:
    fake = FakeLogs((1, "one"), (2, "two"), (3, "three"))
    fake.errors = ["ThrottlingException"] * 3
    found = texts(fake.reader.follow(Streams("group"), BEGIN))

    assert [*islice(found, 3)] == ["one", "two", "three"]
    assert fake.slept == list(PAUSES_SECONDS[:3])


def test_a_request_that_is_always_throttled_fails() -> None:
    fake = FakeLogs()
    fake.errors = ["ThrottlingException"] * 100

    with pytest.raises(ClientError, match="ThrottlingException"):
        list(fake.reader.since(Streams("group"), BEGIN))
    assert fake.slept == list(PAUSES_SECONDS)


def test_a_log_group_that_does_not_exist_has_no_events() -> None:
    fake = FakeLogs((1, "one"))
    fake.errors = ["ResourceNotFoundException"]

    assert list(fake.reader.since(Streams("group"), BEGIN)) == []


@pytest.mark.parametrize(("count", "last"), [(1, "5"), (3, "345"), (4, "2345"), (10, "12345")])
def test_the_last_events_of_a_stream_are_read_backward(count: int, last: str) -> None:
    """An answer without events is not the last one, but an answer with the token of the request is."""
    assert "".join(each.text for each in FakeLogs().reader.last(Stream("group", "stream"), count)) == last


def texts(events: Iterator[Event]) -> Iterator[str]:
    return (event.text for event in events)
