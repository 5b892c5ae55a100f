"""The web service."""

import atexit
import logging
import sys

import psycopg
from flask import Flask, abort, request
from flask.typing import ResponseReturnValue
from gunicorn.arbiter import Arbiter
from werkzeug.exceptions import HTTPException

from notes import database

MOST_BYTES = 16 * 1024
MOST_CHARACTERS = 1000
MOST_NOTES = 100

log = logging.getLogger(__name__)


def create_app() -> Flask:
    """Return the service with an open pool, which closes when the process exits.

    If the pool cannot open, gunicorn ends with the exit code of a worker that cannot start.
    """
    try:
        pool = database.open_pool()
    except psycopg.OperationalError as error:
        log.error("the worker does not start: %s", error)
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
    atexit.register(database.close, pool)

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(psycopg.OperationalError, _no_database)

    @app.get("/")
    def health() -> ResponseReturnValue:
        """Answer the load balancer. The tasks stay in service during an outage of the database."""
        return {"status": "ok"}

    @app.get("/notes")
    def newest() -> ResponseReturnValue:
        with pool.connection() as connection:
            rows = connection.execute("SELECT id, text FROM notes ORDER BY id DESC LIMIT %s", [MOST_NOTES])
            return {"notes": rows.fetchall()}

    @app.post("/notes")
    def add() -> ResponseReturnValue:
        text = _text()
        with pool.connection() as connection:
            [note] = connection.execute("INSERT INTO notes (text) VALUES (%s) RETURNING id, text", [text])
            return note, 201

    return app


def _text() -> str:
    """Return the text in the body of the request, or answer 400."""
    try:
        body = request.get_json()
    except RecursionError:
        abort(400, "body: has too many levels of JSON")
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or len(body) > 1:
        abort(400, 'body: must be {"text": "..."} and nothing else')
    if not 1 <= len(text) <= MOST_CHARACTERS:
        abort(400, f"text: must have 1 to {MOST_CHARACTERS} characters, got {len(text)}")
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        abort(400, "text: must not contain NUL or a surrogate, because PostgreSQL cannot store them")
    return text


def _error(error: HTTPException) -> ResponseReturnValue:
    return {"error": error.description}, error.code or 500


def _no_database(error: psycopg.OperationalError) -> ResponseReturnValue:
    log.error("the database is unavailable: %s", error)
    return {"error": "the database is unavailable, try again"}, 503, {"Retry-After": "5"}
