"""The application that the server serves: moto with our fixes, one admitted request at a time, and its registry."""

from io import BytesIO
from threading import Lock
from wsgiref.types import WSGIApplication

from flask import Flask
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug import Request, Response

from localaws import fixes
from localaws.admission import at_this_address, signed
from localaws.answers import Answer, answered_once, without_server_errors
from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests, held_to_models
from localaws.ecr.distribution.api import PATH, Registry
from localaws.ecr.distribution.authorization import Tokens
from localaws.signatures import ALGORITHM, KeyOf


def application(turn: Lock, key_of: KeyOf, tokens: Tokens, requests: Requests, answers: Answers) -> WSGIApplication:
    """Return an AWS with nothing in it but what every account has, for those that hold a key or a registry's password.

    moto's state is this process's own, so there can be only one. What is asked and answered is noted in
    `requests` and `answers`.
    """
    moto = DomainDispatcherApplication(_fixed)

    def answer_by_moto(request: Request) -> Response:
        return _MotoResponse.from_app(moto, request.environ, buffered=True)

    answer_once = answered_once(without_server_errors(held_to_models(answer_by_moto, requests, answers)))
    of_the_api = signed(one_at_a_time(answer_once, turn), key_of)
    registry = Registry(tokens)

    def answer(request: Request) -> Response:
        is_signed = request.headers.get("Authorization", "").startswith(ALGORITHM)
        return registry(request) if request.path.startswith(PATH) and not is_signed else of_the_api(request)

    application: WSGIApplication = Request.application(at_this_address(answer))
    return application


def one_at_a_time(answer: Answer, turn: Lock) -> Answer:
    """Let a request wait until the one before it is answered.

    moto iterates over what other requests change: of 3,000 requests from ten threads, one or two fail with "dictionary
    changed size during iteration". Code that changes moto's state by other ways than a request takes the turn, too.
    So what answers a request, or has the turn, must never wait for something that makes requests itself.
    """

    def answer_in_turn(request: Request) -> Response:
        body = request.get_data()  # from the network: a slow client keeps nobody else waiting
        request.environ["wsgi.input"] = BytesIO(body)
        with turn:
            return answer(request)

    return answer_in_turn


class _MotoResponse(Response):
    default_mimetype = None


def _fixed(service: str) -> Flask:
    fixes.apply(service)
    return create_backend_app(service)  # type: ignore[arg-type] # moto names every service it has
