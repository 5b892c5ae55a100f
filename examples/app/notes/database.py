"""Connections to PostgreSQL: over TLS, and in a pool that survives a rotation of the password.

ECS reads the password when a task starts, and the task keeps it. After a rotation, PostgreSQL refuses new connections
with the old password, but open connections continue. So the pool opens all its connections at the start, and does not
replace a connection that works. README.md says what happens until ECS has replaced the task.
"""

import logging
import math
import os
import threading
import time

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

POOL_SIZE = 8
"""Connections of one task. During a deployment, old and new tasks have connections at the same time."""

START_SECONDS = 20
"""Seconds that the start of a task waits for the database."""

WAIT_SECONDS = 2
"""Seconds that a request waits for a connection before it fails."""

STATEMENT_SECONDS = 5
"""Seconds after which PostgreSQL cancels a statement, so that requests end in time after SIGTERM."""

log = logging.getLogger(__name__)

Pool = ConnectionPool[psycopg.Connection[DictRow]]


class ConfigurationError(Exception):
    """An environment variable is missing."""


def _arguments() -> dict[str, str | int]:
    """Return the arguments of a connection, from the variables that ECS and the Dockerfile set.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    names = {
        "host": "DB_HOST",
        "port": "DB_PORT",
        "dbname": "DB_NAME",
        "user": "DB_USER",
        "password": "DB_PASSWORD",
        "sslrootcert": "DB_CA_FILE",
    }
    if missing := [name for name in names.values() if name not in os.environ]:
        raise ConfigurationError(f"environment: {', '.join(missing)} must be set")
    return {
        **{argument: os.environ[name] for argument, name in names.items()},
        "sslmode": "verify-full",
        "connect_timeout": 5,
        # A failover of the database can end connections without a packet. These arguments find them after 5 seconds,
        # also while a request waits for an answer: the user time-out alone counts only if data was sent.
        "keepalives_idle": 3,
        "keepalives_interval": 1,
        "tcp_user_timeout": 5_000,
    }


def connect() -> psycopg.Connection:
    """Return a connection for the migrations. If the attempt fails, try again for `START_SECONDS`.

    Raises:
        ConfigurationError: An environment variable is missing.
        psycopg.OperationalError: The database accepted no connection for `START_SECONDS`.
    """
    arguments = _arguments()
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            return psycopg.connect(autocommit=True, **arguments)  # type: ignore[arg-type]  # mypy does not know which are int
        except psycopg.OperationalError as error:
            if time.monotonic() > give_up_at:
                raise
            log.warning("no connection to the database yet: %s", error)
        time.sleep(1)


def open_pool() -> Pool:
    """Return a pool with `POOL_SIZE` open connections.

    Raises:
        psycopg_pool.PoolTimeout: Not all connections are open after `START_SECONDS`.
    """
    options = f"-c statement_timeout={STATEMENT_SECONDS}s"

    def check(connection: psycopg.Connection[DictRow]) -> None:
        """Check the connection of a request. If it is broken, remove all other broken connections from the pool, too.

        The pool tries only two or three connections for one request. After a restart of the database, all connections
        in the pool are broken. If the database sends no packets, the check of each takes 5 seconds, so the request does
        not wait for the last one.
        """
        try:
            pool.check_connection(connection)
        except psycopg.OperationalError:
            others = threading.Thread(target=pool.check, daemon=True)
            others.start()
            others.join(WAIT_SECONDS)
            raise

    pool = Pool(
        kwargs={**_arguments(), "autocommit": True, "options": options, "row_factory": dict_row},
        min_size=POOL_SIZE,
        check=check,
        timeout=WAIT_SECONDS,
        max_lifetime=math.inf,
        reconnect_timeout=3,  # the next request then begins again, with short waits between its attempts
        reconnect_failed=_no_connection,
        open=False,
    )
    pool.open(wait=True, timeout=START_SECONDS)
    return pool


def close(pool: Pool) -> None:
    """Close the pool."""
    pool.close()
    log.info("the connections to the database are closed")


def _no_connection(_pool: Pool) -> None:
    log.error(
        "no new connection to the database; if the password was rotated, this task cannot connect until ECS replaces it"
    )
