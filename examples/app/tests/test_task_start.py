"""The start of a task: the migration, and what makes the start fail."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from container import APP, Container, Start, image, until
from container import start as start_process
from postgresql import Certificates, Database

REFUSED = {
    "no server": ({"DB_PORT": "1"}, "Connection refused"),
    "the password from before a rotation": ({"DB_PASSWORD": "old-password"}, "password authentication failed"),
    "a host that is not in the certificate": ({"DB_HOST": "127.0.0.1"}, "does not match host name"),
    "a certificate of another authority": ({}, "certificate verify failed"),
}
"""What differs from a task that starts, and the reason in the log."""


@pytest.fixture(scope="module", autouse=True)
def refused(
    start: Start, new_database: Callable[[], Database], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Container]:
    """Processes that get no connection. All of them wait at the same time, until they give up."""
    other = Certificates(tmp_path_factory.mktemp("other") / "certificates").authority
    database = new_database()
    authorities = {"a certificate of another authority": other}
    return {name: start(database, authorities.get(name), **REFUSED[name][0]) for name in REFUSED}


@pytest.fixture(scope="module", autouse=True)
def crashed(start: Start, new_database: Callable[[], Database]) -> Container:
    """A process with the password from before a rotation, and with a worker that was killed after the rotation."""
    database = new_database()
    container = start(database).wait_until_ready()
    database.rotate()
    [worker] = container.children()
    os.kill(worker, signal.SIGKILL)
    return container


def test_two_tasks_that_start_together_migrate_one_time(start: Start, database: Database) -> None:
    database.execute("CREATE TABLE migrations (name text, applied_at timestamptz)")
    database.execute(f"ALTER TABLE migrations OWNER TO {database.name}")
    with database.admin() as admin, admin.transaction():
        admin.execute("LOCK TABLE migrations")  # the first task waits here, and the second one waits for the first one
        both = [start(database), start(database)]
        waiting = "SELECT locktype FROM pg_locks WHERE NOT granted ORDER BY locktype"
        until(lambda: database.execute(waiting) == [("advisory",), ("relation",)], 5, both[0].tail)

    for each in both:
        each.wait_until_ready()
    assert database.execute("SELECT name FROM migrations") == [("0001_notes.sql",)]
    assert sum(each.log.count("applying the migration 0001_notes.sql") for each in both) == 1


def test_a_failed_migration_ends_the_task_and_changes_nothing(start: Start, database: Database) -> None:
    database.execute("CREATE TABLE notes ()")

    container = start(database)

    assert container.exit_code() == 1
    assert container.events[-1]["level"] == "ERROR"
    assert container.events[-1]["message"] == 'the service does not start: relation "notes" already exists'
    assert database.execute("SELECT to_regclass('migrations')") == [(None,)]


def test_a_command_applies_the_migrations_without_the_service(database: Database, tmp_path: Path) -> None:
    """As `ops run dev -- python -m notes.migrations` does. The second call has nothing to apply."""

    def run(name: str, leave_out: str = "") -> tuple[int, str]:
        (tmp_path / name).mkdir()
        given = {**image().variables, **database.variables}
        variables = {name: value for name, value in given.items() if name != leave_out}
        authority = database.server.certificates.authority
        process = start_process(["python", "-m", "notes.migrations"], tmp_path / name, authority, variables)
        said, _ = process.communicate()
        return process.returncode, said.decode()

    first, second, failed = run("first"), run("second"), run("failed", "DB_NAME")

    assert [each[0] for each in (first, second, failed)] == [0, 0, 1]
    assert [each[1].count("applying the migration 0001_notes.sql") for each in (first, second)] == [1, 0]
    assert "the migrations were not applied: environment: DB_NAME must be set" in failed[1]
    assert database.execute("SELECT name FROM migrations") == [("0001_notes.sql",)]


def test_missing_variables_are_named(start: Start, database: Database) -> None:
    container = start(database, leave_out=("DB_NAME", "DB_USER"))

    assert container.exit_code() == 1
    message = "the service does not start: environment: DB_NAME, DB_USER must be set"
    assert container.events[-1]["message"] == message


@pytest.mark.parametrize("name", REFUSED)
def test_a_task_without_a_connection_tries_again_and_then_ends(refused: dict[str, Container], name: str) -> None:
    container, reason = refused[name], REFUSED[name][1]

    assert container.exit_code() == 1
    *attempts, last = container.events[1:]
    assert len(attempts) >= 10
    assert {(event["level"], event["logger"]) for event in attempts} == {("WARNING", "notes.database")}
    assert all(reason in str(event["message"]) for event in attempts)
    assert str(last["message"]).startswith("the service does not start: connection failed: ")
    assert "-password" not in container.log


def test_a_worker_that_starts_after_a_rotation_ends_the_task(crashed: Container) -> None:
    assert crashed.exit_code() == 3
    assert "the worker does not start: pool initialization incomplete" in crashed.log
    assert "password authentication failed" in crashed.log


def test_the_server_refuses_a_connection_without_tls(database: Database) -> None:
    """As RDS does. So the service uses TLS in all other tests."""
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(**database.arguments, sslmode="disable")


def test_gunicorn_listens_on_the_port_of_the_dockerfile() -> None:
    shown = [sys.executable, "-c", "from notes import server; print(server.bind)"]

    assert subprocess.check_output(shown, cwd=APP, text=True) == f"0.0.0.0:{image().port}\n"
