"""The end of a task, and restarts of the database."""

import os
import shutil
import threading
import time

import pytest

from container import POOL_SIZE, Answer, Start, until
from load import Load, failures, figures
from postgresql import Database, Server


def test_a_stopping_task_finishes_open_requests_and_accepts_none(start: Start, database: Database) -> None:
    container = start(database).wait_until_ready()
    answers: dict[str, Answer] = {}

    def ask(name: str) -> threading.Thread:
        client = container.client()
        thread = threading.Thread(target=lambda: answers.update({name: client("GET", "/notes")}))
        thread.start()
        return thread

    with database.admin() as admin, admin.transaction():
        admin.execute("LOCK TABLE notes")
        early = ask("early")
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'notes'::regclass"
        until(lambda: database.execute(waiting), 5, container.tail)
        container.terminate()
        until(lambda: "Handling signal: term" in container.log, 5, container.tail)
        time.sleep(0.5)  # the signal reaches the worker
        late = ask("late")
        time.sleep(0.5)
    early.join()
    late.join()

    assert answers["early"].status == 200
    assert answers["late"].status == 0
    assert container.exit_code() == 0
    assert database.connections() == 0
    assert "the connections to the database are closed" in container.log
    lost = "SELECT sessions_abandoned FROM pg_stat_database WHERE datname = %s"
    assert database.execute(lost, database.name) == [(0,)]


def test_the_service_recovers_from_a_restart_of_the_database(start: Start, database: Database, server: Server) -> None:
    container = start(database).wait_until_ready()
    with Load(container) as load:
        load.during(0.5)
        server.stop("immediate")
        load.during(2)
        server.start()
        restarted = time.monotonic()
        until(lambda: succeed(load.during(0.2)), 20, container.tail)
        seconds = time.monotonic() - restarted
        later = load.during(1)

    figures(f"stopped for 2 s, and requests succeed {seconds:.1f} s later", load.answers)
    assert seconds < 5
    assert {answer.status for answer in failures(load.answers)} == {503}
    assert failures(later) == []


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("iptables"), reason="drops packets with iptables, which only root may do"
)
def test_a_request_ends_in_time_if_the_database_sends_no_packets(
    start: Start, database: Database, server: Server
) -> None:
    """The first request waits for an answer when the packets stop. The second one gets a lost connection."""
    container = start(database).wait_until_ready()
    answers: list[Answer] = []

    def ask() -> None:
        answers.append(container.client()("GET", "/notes"))

    with database.admin() as admin, admin.transaction():
        admin.execute("LOCK TABLE notes")
        waiting = threading.Thread(target=ask)
        waiting.start()
        held = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'notes'::regclass"
        until(lambda: database.execute(held), 5, container.tail)
        with server.unreachable():
            waiting.join()
            ask()
            health = container.client()("GET", "/")

    figures("without packets of the database", answers)
    assert [answer.status for answer in answers] == [503, 503]
    assert max(answer.seconds for answer in answers) < 9
    assert (health.status, health.seconds < 1) == (200, True)
    until(lambda: container.client()("GET", "/notes").status == 200, 20, container.tail)


def succeed(answers: list[Answer]) -> bool:
    return bool(answers) and not failures(answers)


def test_after_an_idle_time_no_request_gets_a_lost_connection(start: Start, database: Database, server: Server) -> None:
    """The database restarts while no request arrives. All connections in the pool are broken then."""
    container = start(database).wait_until_ready()
    server.stop("immediate")
    server.start()

    client = container.client()
    answers = [client("GET", "/notes") for _ in range(2 * POOL_SIZE)]

    figures("after a restart without requests", answers)
    assert failures(answers) == []
