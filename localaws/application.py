"""The application that the server serves: moto, mended, one request at a time."""

from collections.abc import Iterable
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from . import fixes


def application(turn: Lock) -> WSGIApplication:
    """Give an AWS with nothing in it but what every account has.

    moto's state is this process's own, so there can be only one.
    """
    return one_at_a_time(DomainDispatcherApplication(_mended), turn)


def one_at_a_time(answer: WSGIApplication, turn: Lock) -> WSGIApplication:
    """Let a request wait until the one before it is answered.

    moto iterates over what other requests change: of 3,000 requests from ten threads, one or two fail with "dictionary
    changed size during iteration". Whoever changes moto's state by other ways than a request has to take his turn, too.
    So what answers a request, or has its turn, must never wait for something that makes requests itself.
    """

    def answer_in_turn(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with turn:
            return answer(environ, start_response)

    return answer_in_turn


def _mended(service: str) -> Flask:
    fixes.apply(service)
    return create_backend_app(service)  # type: ignore[arg-type] # moto names every service it has
