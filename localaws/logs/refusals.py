"""Requests that CloudWatch Logs refuses and moto accepts."""

from collections.abc import Callable
from typing import Any

from moto.kms.models import kms_backends
from moto.logs.exceptions import InvalidParameterException, LogsClientError
from moto.logs.models import LogGroup
from moto.logs.models import LogsBackend as Backend

from localaws.iam.service_principals import allows_service
from localaws.logs.filter_patterns import FilterPatternError, UnknownPatternError, matcher

LOGS = "logs.amazonaws.com"


def a_log_group_that_cannot_be() -> None:
    """Refuse a log group with a reserved name, or with a KMS key that CloudWatch Logs cannot use.

    The key must exist, and its key policy must allow CloudWatch Logs.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    create: Callable[..., LogGroup] = Backend.create_log_group

    def create_log_group(self: Backend, log_group_name: str, tags: dict[str, str], **settings: str | None) -> LogGroup:
        if log_group_name.startswith("aws/"):
            raise InvalidParameterException("Log groups starting with AWS/ are reserved for AWS.")
        if named := settings.get("kmsKeyId"):
            keys = kms_backends[self.account_id][self.region_name]
            key = keys.keys.get(keys.get_key_id(named))
            arn = f"arn:{self.partition}:logs:{self.region_name}:{self.account_id}:log-group:{log_group_name}"
            if key is None or not allows_service(key.policy, LOGS):
                message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
                raise LogsClientError("AccessDeniedException", message)
        return create(self, log_group_name, tags, **settings)

    Backend.create_log_group = create_log_group


def a_malformed_filter_pattern() -> None:
    """Refuse to filter events with a malformed pattern, such as a term with an @ that is not in double quotes.

    Also refuse patterns for JSON and for columns, which the local AWS does not know. moto returns all events.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    The messages: https://github.com/DefangLabs/defang/issues/1008, https://github.com/jorgebastida/awslogs/issues/210
    """
    unchecked: Callable[..., object] = Backend.filter_log_events

    def filter_log_events(self: Backend, *arguments: Any) -> object:
        *_, pattern, _interleaved = arguments
        try:
            matcher(pattern or "")
        except FilterPatternError as malformed:
            raise InvalidParameterException(str(malformed)) from None
        except UnknownPatternError as unknown:
            raise LogsClientError("NotImplemented", str(unknown)) from None
        return unchecked(self, *arguments)

    Backend.filter_log_events = filter_log_events


REFUSALS = (a_log_group_that_cannot_be, a_malformed_filter_pattern)
