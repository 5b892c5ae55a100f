"""Constant requests to the application, and how many of them fail."""

import json
import threading
import time

from container import Answer, Container


class Load:
    """Constant requests to one process at a time, from several threads."""

    def __init__(self, target: Container, threads: int = 4) -> None:
        self.answers: list[Answer] = []
        self._target = target
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def move_to(self, target: Container) -> None:
        """Send each later request to another process. Open requests continue."""
        self._target = target

    def during(self, seconds: float) -> list[Answer]:
        """Return the answers that arrive in the next seconds."""
        before = len(self.answers)
        time.sleep(seconds)
        return self.answers[before:]

    def _run(self, number: int) -> None:
        target, client = self._target, self._target.client()
        body = json.dumps({"text": f"from thread {number}"}).encode()
        for turn in range(10**9):
            if self._stop.is_set():
                break
            if target is not self._target:
                client.close()
                target, client = self._target, self._target.client()
            if turn % 2:
                answer = client("GET", "/notes")
            else:
                answer = client("POST", "/notes", body, {"Content-Type": "application/json"})
            self.answers.append(answer)
            time.sleep(0.005)
        client.close()


def failures(answers: list[Answer]) -> list[Answer]:
    """Return the answers to requests that failed."""
    return [answer for answer in answers if answer.status not in (200, 201)]


def figures(name: str, answers: list[Answer]) -> None:
    """Print how many requests failed, and how long the slowest one took."""
    slowest = max(answer.seconds for answer in answers)
    print(f"{name}: {len(answers)} requests, {len(failures(answers))} failed, the slowest took {slowest:.2f} s")  # noqa: T201 - `pytest -rP` shows it
