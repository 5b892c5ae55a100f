"""The log events in CloudWatch Logs: those of a stream, the last ones, and new ones.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/WhatIsCloudWatchLogs.html
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from botocore.exceptions import ClientError

from operations import reasons
from operations.system.logs.streams import Stream, Streams

PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""The pauses before a throttled request is sent again. After the last pause, the error is raised."""

POLL_SECONDS = 2.0
LATE = timedelta(seconds=30)
"""How long after its time an event can appear: agents send events in batches, each stream at its own time."""


class LogsClient(Protocol):
    """The operations of a client of CloudWatch Logs that are needed here."""

    def filter_log_events(self, **members: object) -> Mapping[str, Any]:
        """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html."""

    def get_log_events(self, **members: object) -> Mapping[str, Any]:
        """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html."""


@dataclass(frozen=True)
class Event:
    """A log event. Usually it is one line."""

    id: str
    """The id in an answer of FilterLogEvents. Empty for an event that was read from a single stream."""
    time: datetime
    source: str
    """The last part of the name of the stream: the id of the task or the build."""
    text: str
    """The message as it was written, also with control characters. Print it only with `printable`."""

    @classmethod
    def read(cls, event: Mapping[str, Any], stream: str) -> "Event":
        """Return the event that an operation of CloudWatch Logs describes."""
        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        return cls(event.get("eventId", ""), at, stream.rpartition("/")[2], event["message"].rstrip("\r\n"))


class Logs:
    """The log events in CloudWatch Logs. A log group or a log stream that does not exist has no events.

    If CloudWatch throttles a request, the request is sent again after a pause.

    The methods raise ClientError for requests that AWS refuses.
    """

    def __init__(self, client: LogsClient, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def exist(self, group: str) -> bool:
        """Return whether a log group exists."""
        return bool(self._send(self._client.filter_log_events, {"logGroupName": group, "limit": 1}))

    def last(self, stream: Stream, count: int) -> list[Event]:
        """Return the last events of a stream, the oldest first.

        An answer can be empty although there are more events. If it is the last answer, it has the token of the
        request.
        """
        request: dict[str, object] = {"logGroupName": stream.group, "logStreamName": stream.name, "limit": count}
        found: list[Event] = []
        while len(found) < count:
            answer = self._send(self._client.get_log_events, request)
            found = [Event.read(each, stream.name) for each in answer.get("events", [])] + found
            token = answer.get("nextBackwardToken")
            if token in (None, request.get("nextToken")):
                break
            request["nextToken"] = token
        return found[-count:]

    def after(self, stream: Stream, token: str) -> tuple[list[Event], str]:
        """Return the events of a stream since an earlier call, and the token for the next call.

        An answer can be empty although there are more events. The last answer has the token of the request.

        https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html

        Args:
            stream: The stream. It need not exist yet.
            token: The token of the earlier call, empty for the first call.
        """
        request: dict[str, object] = {"logGroupName": stream.group, "logStreamName": stream.name}
        request |= {"startFromHead": True} | ({"nextToken": token} if token else {})
        answer = self._send(self._client.get_log_events, request)
        events = [Event.read(each, stream.name) for each in answer.get("events", [])]
        return events, answer.get("nextForwardToken", token)

    def of_stream(self, stream: Stream, pattern: str = "") -> Iterator[Event]:
        """Yield the events of a stream that match a filter pattern, the oldest first."""
        request: dict[str, object] = {"logGroupName": stream.group, "logStreamNames": [stream.name]}
        return self._filtered(request | ({"filterPattern": pattern} if pattern else {}))

    def since(self, streams: Streams, begin: datetime, pattern: str = "") -> Iterator[Event]:
        """Yield the events of streams since a time, the oldest first.

        Args:
            streams: The streams.
            begin: The time of the first event.
            pattern: The filter pattern that the events must match. If it is empty, all events match.
        """
        request: dict[str, object] = {"logGroupName": streams.group, "startTime": round(begin.timestamp() * 1000)}
        request |= {"logStreamNamePrefix": streams.prefix} if streams.prefix else {}
        return self._filtered(request | ({"filterPattern": pattern} if pattern else {}))

    def follow(self, streams: Streams, begin: datetime, pattern: str = "") -> Iterator[Event]:
        """Yield the events of streams since a time, and then each new event. The iterator never ends.

        Each poll reads the newest half minute again, because a stream can get events that are older than those of
        other streams. No event is yielded two times. An event with a time in the future hides no later event.
        """
        seen: dict[str, datetime] = {}
        begin = begin.replace(microsecond=begin.microsecond // 1000 * 1000)  # the times of events have milliseconds
        start = begin
        while True:
            for event in self.since(streams, start, pattern):
                if event.id not in seen:
                    seen[event.id] = event.time
                    yield event
            newest = max(seen.values(), default=begin)
            start = max(begin, min(newest, datetime.now(UTC)) - LATE)
            seen = {id_: at for id_, at in seen.items() if at >= start}
            self._sleep(POLL_SECONDS)

    def _filtered(self, request: dict[str, object]) -> Iterator[Event]:
        while True:
            answer = self._send(self._client.filter_log_events, request)
            for each in answer.get("events", []):
                yield Event.read(each, each["logStreamName"])
            token = answer.get("nextToken")
            if not token:
                return
            request = request | {"nextToken": token}

    def _send(self, call: Callable[..., Mapping[str, Any]], request: dict[str, object]) -> Mapping[str, Any]:
        pauses = iter(PAUSES_SECONDS)
        while True:
            try:
                return call(**request)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ResourceNotFoundException":
                    return {}
                pause = next(pauses, None) if code in reasons.THROTTLED else None
                if pause is None:
                    raise
            self._sleep(pause)
