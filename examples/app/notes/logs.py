"""Logs: one JSON object in each line of standard output, also for the messages of gunicorn and psycopg."""

import logging

from flask import has_request_context, request
from pythonjsonlogger.json import JsonFormatter

TRACE_HEADER = "X-Amzn-Trace-Id"
"""The header in which the load balancer gives each request an id.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
"""


def add_request(record: logging.LogRecord) -> bool:
    """Add the trace id to the messages of a request, and the status and the duration to the message of its end."""
    if record.name == "gunicorn.access" and isinstance(record.args, dict):
        record.method, record.path = record.args["m"], record.args["U"]
        record.status, record.duration_ms = int(str(record.args["s"])), record.args["M"]
        record.trace_id = record.args[f"{{{TRACE_HEADER}}}i"]
    elif has_request_context():
        record.trace_id = request.headers.get(TRACE_HEADER, "-")
    return True


CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": JsonFormatter,
            "fmt": "{levelname}{name}{message}",
            "style": "{",
            "timestamp": "time",
            "rename_fields": {"levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "json",
            "filters": [add_request],
        },
    },
    "root": {"level": "INFO", "handlers": ["stdout"]},
    "loggers": {
        "gunicorn.error": {"handlers": [], "propagate": True},
        "gunicorn.access": {"handlers": [], "propagate": True},
        "psycopg.pool": {"level": "WARNING"},  # INFO would be three lines for each request
    },
}
