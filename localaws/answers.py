"""Handling of retries.

If a client repeats a request, it gets the answer of the earlier attempt. If the local AWS fails, its answer has a
status for which clients do not retry.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from werkzeug import Request, Response

from localaws.errors import error, operation, signing_name

Answer = Callable[[Request], Response]
LOG = logging.getLogger(__name__)
KEPT_ANSWERS = 1_000  # enough, because a client repeats a request within seconds


def answered_once(answer: Answer) -> Answer:
    """Answer a repeated request with the answer of the earlier attempt, if the earlier attempt succeeded.

    A client may lose the connection before it has read the answer. The client then sends the request again, with the
    invocation id of the first attempt. AWS may do the work twice. The local AWS does the work one time.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    kept: OrderedDict[tuple[str, ...], Response] = OrderedDict()

    def answer_once(request: Request) -> Response:
        invocation = request.headers.get("amz-sdk-invocation-id")
        if not invocation:
            return answer(request)
        attempted = invocation, request.method, request.environ["RAW_URI"], sha256(request.get_data()).hexdigest()
        if attempted in kept:
            attempt = request.headers.get("amz-sdk-request", "a later attempt")
            LOG.warning("%s %s: repeated the answer of an earlier attempt", operation(request), attempt)
            return kept[attempted]
        response = answer(request)
        if response.status_code < 400:
            kept[attempted] = response
            if len(kept) > KEPT_ANSWERS:
                kept.popitem(last=False)
        return response

    return answer_once


def without_server_errors(answer: Answer) -> Answer:
    """Answer with status 400 instead of a server error. The message names the operation and the cause.

    After a server error, SDKs repeat the request, and the Terraform provider repeats it for minutes. The local AWS
    would fail again each time.
    """

    def answer_without_server_errors(request: Request) -> Response:
        try:
            response = answer(request)
            if response.status_code < 500:
                return response
            cause = f"{response.status}: {response.get_data(as_text=True)}"
        except Exception as failure:
            LOG.exception("%s: the local AWS failed", operation(request))
            cause = repr(failure)
        message = f"The local AWS failed at {signing_name(request)} {operation(request)}: {cause}"
        return error(request, status=400, code="LocalAwsFailure", message=message)

    return answer_without_server_errors
