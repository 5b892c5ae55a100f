"""Temporary changes of the actions of a pipeline that was created with boto3."""

import json
import shlex
from pathlib import Path
from typing import Any

from tests.support.localaws.aws_pipeline import ECHO, System


def failure(shop: System, action: str, **changes: dict[str, Any]) -> tuple[str, str]:
    """Run a pipeline with changed actions, of which `action` must fail, and return its code and message."""
    with changed(shop, **changes):
        started = shop.start()
        assert shop.over(started)["status"] == "Failed"
        error = shop.error(started, action)
        return error["code"], error["message"]


class changed:  # noqa: N801 - reads as a word in a with statement
    """A context in which the pipeline has changed actions; `None` removes a key."""

    def __init__(self, shop: System, **changes: dict[str, Any]) -> None:
        self._shop = shop
        self._declaration = shop.declaration()
        for stage in self._declaration["stages"]:
            for action in stage["actions"]:
                action |= changes.get(action["name"], {})

    def __enter__(self) -> None:
        self._shop.update(self._declaration)

    def __exit__(self, *_: object) -> None:
        self._shop.update(self._shop.declaration())


def held_until_there_is(file: Path) -> str:
    """Return the buildspec of the article, with a first command that waits for a file."""
    hold = f"until [ -e {shlex.quote(str(file))} ]; do sleep 0.05; done"
    phases = {"build": {"commands": [hold, ECHO]}}
    return json.dumps({"version": "0.2", "phases": phases, "artifacts": {"files": ["imagedefinitions.json"]}})
