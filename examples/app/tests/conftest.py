"""Fixtures: one PostgreSQL server for all tests, and a database and processes for each test."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from container import Container, Start
from postgresql import MISSING, Database, Server

names = (f"notes_{number}" for number in itertools.count(1))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server. pytest's own folder would be closed to the user that runs the server."""
    if MISSING:
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    folder.chmod(0o755)
    server = Server(folder)
    yield server
    server.stop("immediate")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_database(server: Server) -> Callable[[], Database]:
    """A function that creates an empty database."""
    return lambda: Database(server, next(names))


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    """An empty database."""
    return new_database()


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """A function that starts a process of the application. The processes end after the tests of the module."""
    started: list[Container] = []

    def new(
        database: Database, authority: Path | None = None, *, leave_out: Sequence[str] = (), **variables: str
    ) -> Container:
        own = {**database.variables, **variables}
        given = {name: value for name, value in own.items() if name not in leave_out}
        authority = authority or database.server.certificates.authority
        started.append(Container(tmp_path_factory.mktemp("container"), given, authority))
        return started[-1]

    yield new
    for each in started:
        each.kill()
