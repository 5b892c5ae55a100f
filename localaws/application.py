"""The WSGI application of the server: moto with fixes, admission and authorization, and the container registry."""

from functools import cache
from io import BytesIO
from threading import RLock
from wsgiref.types import WSGIApplication

from flask import Flask
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug import Request, Response

from localaws import fixes
from localaws.admission import at_this_address, signed
from localaws.answers import Answer, answered_once, without_server_errors
from localaws.api_models.answers import Answers
from localaws.api_models.requests import Requests, validated
from localaws.ecr.distribution.api import PATH, Registry
from localaws.ecr.distribution.authorization import Tokens
from localaws.iam.authorization import authorized
from localaws.runner import Runner
from localaws.signatures import ALGORITHM, KeyOf


def application(runner: Runner, key_of: KeyOf, tokens: Tokens, requests: Requests, answers: Answers) -> WSGIApplication:
    """Return the application of an empty AWS. A process can have only one, because moto's state is global.

    Args:
        runner: Has the lock on moto's state, and IAM.
        key_of: Returns the credentials of an access key id, or None if the id is unknown.
        tokens: The passwords of the registry.
        requests: Records the requests.
        answers: Records the answers.
    """
    moto = DomainDispatcherApplication(_fixed)
    # moto lists its folders at every call
    moto.get_backend_for_host = cache(moto.get_backend_for_host)  # type: ignore[method-assign]  # only of this object

    def answer_by_moto(request: Request) -> Response:
        return _MotoResponse.from_app(moto, request.environ, buffered=True)

    answer_once = answered_once(without_server_errors(validated(answer_by_moto, requests, answers)))
    answer_allowed = authorized(one_at_a_time(answer_once, runner.state_lock), runner.aws)
    answer_api = signed(without_server_errors(answer_allowed), key_of)
    registry = Registry(tokens)

    def answer(request: Request) -> Response:
        is_signed = request.headers.get("Authorization", "").startswith(ALGORITHM)
        return registry(request) if request.path.startswith(PATH) and not is_signed else answer_api(request)

    application: WSGIApplication = Request.application(at_this_address(answer))
    return application


def one_at_a_time(answer: Answer, state_lock: RLock) -> Answer:
    """Answer one request at a time.

    moto iterates over dictionaries that other requests change. Without the lock, one or two of 3,000 requests from ten
    threads fail with "dictionary changed size during iteration". Code that changes moto's state outside of a request
    must hold the lock, too. Code that holds the lock must never wait for a request to this server, because the request
    waits for the lock.
    """

    def answer_with_lock(request: Request) -> Response:
        body = request.get_data()  # read before the lock is taken: a slow client must not block the others
        request.environ["wsgi.input"] = BytesIO(body)
        with state_lock:
            return answer(request)

    return answer_with_lock


class _MotoResponse(Response):
    default_mimetype = None


def _fixed(service: str) -> Flask:
    fixes.apply(service)
    return create_backend_app(service)  # type: ignore[arg-type] # moto wants a Literal; the service comes from a URL
