"""Fixes for CloudWatch Logs where moto answers differently from AWS."""

import json
from collections.abc import Callable
from typing import Any

from moto.logs import models
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse as Response

from localaws.logs.filter_patterns import matcher


def filter_messages_with_all_patterns() -> None:
    """Match messages with terms that are optional or excluded, and with regular expressions.

    moto returns all events if the pattern is neither a phrase nor a list of required terms.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """

    class Filter:
        def __init__(self, pattern: str | None) -> None:
            self.matches = matcher(pattern or "")

    models.EventMessageFilter = Filter


def sort_the_events_of_all_streams() -> None:
    """Sort the events that FilterLogEvents returns by their time, whatever `interleaved` is.

    moto returns the events of each stream together, unless the request sets `interleaved`.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    unsorted: Callable[..., object] = LogGroup.filter_log_events

    def filter_log_events(self: LogGroup, *arguments: Any) -> object:
        *others, _interleaved = arguments
        return unsorted(self, *others, True)  # noqa: FBT003 - moto passes it by position

    LogGroup.filter_log_events = filter_log_events


def filter_by_the_prefix_of_streams() -> None:
    """Return only the events of the streams whose names start with `logStreamNamePrefix`.

    moto ignores the prefix.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    without_prefix: Callable[[Response], str] = Response.filter_log_events

    def filter_log_events(self: Response) -> str:
        prefix = self._get_param("logStreamNamePrefix")
        group = self.logs_backend.groups.get(self._get_param("logGroupName"))
        if not prefix or not group:
            return without_prefix(self)
        names = [name for name in group.streams if name.startswith(prefix)]
        if not names:
            return json.dumps({"events": [], "searchedLogStreams": []})
        self.body = json.dumps(json.loads(self.body) | {"logStreamNames": names})
        return without_prefix(self)

    Response.filter_log_events = filter_log_events


FIXES = (filter_messages_with_all_patterns, sort_the_events_of_all_streams, filter_by_the_prefix_of_streams)
