"""The requests that the service answers, and the log line of each."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from container import Answer, Client, Container, Start, until
from postgresql import Database

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def container(start: Start, new_database: Callable[[], Database]) -> Container:
    return start(new_database()).wait_until_ready()


@pytest.fixture
def client(container: Container) -> Client:
    return container.client()


def post(client: Client, document: object) -> Answer:
    return client("POST", "/notes", json.dumps(document).encode(), JSON)


def error(answer: Answer) -> str:
    """Return the message of an answer that is an error."""
    [(name, message)] = answer.json.items()
    assert name == "error"
    return str(message)


def test_a_note_is_kept_and_the_newest_comes_first(client: Client) -> None:
    first, second = post(client, {"text": "first"}), post(client, {"text": "zweite \N{SNOWMAN}"})

    assert (first.status, second.status) == (201, 201)
    assert client("GET", "/notes").json["notes"][:2] == [second.json, first.json]
    assert second.json["text"] == "zweite \N{SNOWMAN}"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b'{"text": ""}', 400, "text: must have 1 to 1000 characters, got 0"),
        (json.dumps({"text": "x" * 1001}).encode(), 400, "text: must have 1 to 1000 characters, got 1001"),
        (b'{"text": 7}', 400, 'body: must be {"text": "..."} and nothing else'),
        (b'{"text": "a", "id": 1}', 400, 'body: must be {"text": "..."} and nothing else'),
        (b'["text"]', 400, 'body: must be {"text": "..."} and nothing else'),
        (b'{"text": "a\\u0000b"}', 400, "text: must not contain NUL or a surrogate, because PostgreSQL cannot store"),
        (b'{"text": "\\ud800"}', 400, "text: must not contain NUL or a surrogate, because PostgreSQL cannot store"),
        (b"{", 400, "The browser (or proxy) sent a request that this server could not understand."),
        (b"[" * 10_000, 400, "body: has too many levels of JSON"),
        (b'{"text": "' + b"x" * 16 * 1024 + b'"}', 413, "The data value transmitted exceeds the capacity limit."),
    ],
)
def test_a_bad_body_is_refused_with_one_message(client: Client, body: bytes, status: int, message: str) -> None:
    answer = client("POST", "/notes", body, JSON)

    assert answer.status == status
    assert error(answer).startswith(message)


def test_a_body_of_another_type_is_refused(client: Client) -> None:
    assert client("POST", "/notes", b"text=a", {"Content-Type": "application/x-www-form-urlencoded"}).status == 415


def test_the_longest_note_is_kept(client: Client) -> None:
    longest = "\N{SNOWMAN}" * 1000

    assert post(client, {"text": longest}).json["text"] == longest


CHARACTERS = st.characters() | st.sampled_from(["\0", "\ud800", "\udfff"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(CHARACTERS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("text"), inner),
)
TEXTS = st.fixed_dictionaries({"text": st.text(CHARACTERS)})
BODIES = st.binary() | (DOCUMENTS | TEXTS).map(lambda document: json.dumps(document).encode())


@given(body=BODIES)
@settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_no_body_makes_the_service_fail(container: Container, body: bytes) -> None:
    client = container.client()

    answer = client("POST", "/notes", body, JSON)

    assert answer.status in (201, 400, 413)
    if answer.status == 201:
        assert answer.json["text"] == json.loads(body)["text"]
    else:
        assert error(answer)
    client.close()


def test_each_request_has_one_log_line_with_its_trace_id(container: Container, client: Client) -> None:
    trace = {"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"}

    client("GET", "/notes?query=private", headers=trace)

    def lines() -> list[dict[str, object]]:
        return [event for event in container.events if event.get("trace_id") == trace["X-Amzn-Trace-Id"]]

    until(lines, 5, container.tail)
    [line] = lines()
    assert (line["method"], line["path"], line["status"], line["level"]) == ("GET", "/notes", 200, "INFO")
    assert isinstance(line["duration_ms"], int)
    assert "private" not in container.log


def test_without_the_database_only_the_health_check_succeeds(start: Start, database: Database) -> None:
    container = start(database).wait_until_ready()
    database.execute(f"ALTER ROLE {database.name} NOLOGIN")
    database.end_connections(most=100)

    client = container.client()
    answer = client("GET", "/notes", headers={"X-Amzn-Trace-Id": "Root=1-2-3"})

    assert answer.status == 503
    assert error(answer) == "the database is unavailable, try again"
    assert answer.seconds < 5
    assert client("GET", "/").status == 200
    [line] = [event for event in container.events if event["logger"] == "notes.web"]
    assert str(line["message"]).startswith("the database is unavailable: ")
    assert line["trace_id"] == "Root=1-2-3"


def test_a_query_that_waits_too_long_is_cancelled(start: Start, database: Database) -> None:
    container = start(database).wait_until_ready()
    with database.admin() as admin, admin.transaction():
        admin.execute("LOCK TABLE notes")
        answer = container.client()("GET", "/notes")

    assert answer.status == 503
    assert 4 < answer.seconds < 10
