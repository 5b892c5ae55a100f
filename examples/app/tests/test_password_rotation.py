"""A rotation of the password and the deployment after it, under constant load.

README.md describes the bounds that these tests check. `pytest -rP` shows the figures.
"""

import time
from pathlib import Path

from container import POOL_SIZE, Start, image
from container import start as start_process
from load import Load, failures, figures
from postgresql import Database

MOST_SECONDS = 4
"""The longest time until a request fails without a database: 2 s, and 2 s more on a busy machine."""


def test_no_request_fails_during_a_rotation_and_the_deployment_after_it(start: Start, database: Database) -> None:
    old = start(database).wait_until_ready()
    with Load(old) as load:
        load.during(0.5)
        database.rotate()
        rotated = load.during(1.5)
        new = start(database).wait_until_ready()
        with database.admin() as admin, admin.transaction():
            admin.execute("LOCK TABLE notes")  # each thread has an open request, which waits
            time.sleep(0.5)
            load.move_to(new)
            old.terminate()
            time.sleep(1)
            assert old.process.poll() is None
        assert old.exit_code() == 0
        moved = load.during(1)

    figures("rotation", rotated)
    figures("after the move", moved)
    assert len(rotated) > 50
    assert len(moved) > 50
    assert failures(load.answers) == []


def test_after_a_rotation_lost_connections_cost_at_most_one_request_each(start: Start, database: Database) -> None:
    """A few of the connections are lost. The task uses the others until ECS replaces it."""
    container = start(database).wait_until_ready()
    database.rotate()
    with Load(container) as load:
        ended = database.end_connections(most=POOL_SIZE - 2)
        load.during(1)
        later = load.during(2)

    figures(f"{ended} of {POOL_SIZE} connections lost", load.answers)
    assert ended == POOL_SIZE - 2
    assert len(failures(load.answers)) <= ended
    assert failures(later) == []
    assert len(later) > 50


def test_after_a_rotation_without_connections_requests_fail_fast(start: Start, database: Database) -> None:
    """All connections are lost. Requests to the database fail until the load moves to a new task."""
    old = start(database).wait_until_ready()
    database.rotate()
    with Load(old) as load:
        ended = database.end_connections(most=100)
        lost = load.during(4.5)
        health = old.client()("GET", "/")
        new = start(database).wait_until_ready()
        load.move_to(new)
        time.sleep(2.5)  # for the last requests to the old task
        moved = load.during(1)

    figures("no connection", lost)
    assert ended == POOL_SIZE
    assert {answer.status for answer in failures(load.answers)} == {503}
    assert max(answer.seconds for answer in lost) < MOST_SECONDS
    assert health.status == 200
    assert failures(moved) == []
    assert len(moved) > 50
    said = [event["message"] for event in old.events if event["logger"] == "notes.database"]
    assert said
    assert all(str(message).startswith("no new connection to the database; if the password") for message in said)


def test_the_pool_keeps_each_connection_that_works(database: Database, tmp_path: Path) -> None:
    """By default, a pool replaces a connection after an hour. No test can wait for an hour."""
    show = (
        "from notes import database; pool = database.open_pool(); print(pool.max_lifetime, pool.max_size); pool.close()"
    )
    variables = {**image().variables, **database.variables}

    process = start_process(["python", "-c", show], tmp_path, database.server.certificates.authority, variables)

    assert process.communicate()[0].decode() == f"inf {POOL_SIZE}\n"
