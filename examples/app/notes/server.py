"""Configuration of gunicorn, which starts with `gunicorn --config python:notes.server`.

https://docs.gunicorn.org/en/stable/settings.html
"""

import logging
import sys

import psycopg

from notes import database, logs, migrations

bind = "0.0.0.0:3000"
wsgi_app = "notes.web:create_app()"
workers = 1
worker_class = "gthread"
threads = database.POOL_SIZE  # a request that gets a thread never waits for another request's connection
worker_tmp_dir = "/tmp"  # noqa: S108 - in memory; gunicorn checks the worker by the times of a file there
control_socket_disable = True  # the socket would need a folder in HOME

keepalive = 75
"""Seconds that an idle connection stays open: more than the load balancer's idle time-out of 60 s.

Otherwise the load balancer could send a request on a connection that gunicorn is closing, and would answer 502.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
"""

graceful_timeout = 25
"""Seconds for the open requests after SIGTERM: less than the 30 s after which ECS sends SIGKILL.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html
"""

logconfig_dict = logs.CONFIG
access_log_format = "%(m)s %(U)s %(s)s"  # logs.add_request adds these values as fields


def on_starting(_server: object) -> None:
    """Apply the migrations before gunicorn listens on its port.

    If they fail, the process ends with exit code 1. The deployment of the task then fails, and ECS rolls it back.
    """
    try:
        migrations.apply()
    except (database.ConfigurationError, psycopg.Error) as error:
        logging.getLogger(__name__).error("the service does not start: %s", error)
        sys.exit(1)
