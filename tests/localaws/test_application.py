"""The application answers one request at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

from werkzeug import Request, Response

from localaws.application import one_at_a_time


def test_requests_are_answered_one_at_a_time() -> None:
    together = threading.Barrier(2)

    def answer(_request: Request) -> Response:
        try:
            together.wait(timeout=0.2)
        except threading.BrokenBarrierError:
            return Response("alone")
        return Response("together")

    one_by_one = one_at_a_time(answer, threading.RLock())
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: one_by_one(Request.from_values()), range(2)))

    assert [answer.get_data() for answer in answers] == [b"alone", b"alone"]
