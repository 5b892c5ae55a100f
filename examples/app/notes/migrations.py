"""Migrations of the database: the SQL files in `sql/`, in the order of their names.

Each start of the service applies them. `python -m notes.migrations` applies them without a start of the service.
"""

import logging.config
import sys
from pathlib import Path

import psycopg

from notes import database, logs

FILES = Path(__file__).parent / "sql"
LOCK = 7_307_195_102
"""The key of the advisory lock: any number that no other program uses in this database."""

log = logging.getLogger(__name__)


def migrate(connection: psycopg.Connection) -> None:
    """Apply the migrations that the table `migrations` does not list, all in one transaction.

    Several tasks can start at the same time. The first one locks, and the others wait and then have nothing to apply.
    https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS

    Raises:
        psycopg.Error: A migration failed. The transaction was rolled back.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        # A migration that waits for a table also makes all later requests wait for this table.
        connection.execute("SET LOCAL lock_timeout = '5s'")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
        )
        applied = {name for [name] in connection.execute("SELECT name FROM migrations")}
        for file in sorted(FILES.glob("*.sql")):
            if file.name not in applied:
                log.info("applying the migration %s", file.name)
                connection.execute(file.read_bytes())
                connection.execute("INSERT INTO migrations (name) VALUES (%s)", [file.name])


def apply() -> None:
    """Connect to the database, and apply the migrations.

    Raises:
        ConfigurationError: An environment variable is missing.
        psycopg.Error: The database accepts no connection, or a migration failed.
    """
    with database.connect() as connection:
        migrate(connection)


def main() -> None:
    """Apply the migrations. If they fail, exit with 1."""
    logging.config.dictConfig(logs.CONFIG)
    try:
        apply()
    except (database.ConfigurationError, psycopg.Error) as error:
        log.error("the migrations were not applied: %s", error)
        sys.exit(1)
    log.info("all migrations are applied")


if __name__ == "__main__":
    main()
