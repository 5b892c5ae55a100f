"""The recorded cases: files with answers of AWS, each with the pages and the public reports that the texts are from.

tests/operations/why_recorded/README.md describes the format.
"""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tests.support.synthesized import ROOT

FOLDER = ROOT / "tests" / "operations" / "why_recorded"


class Error(BaseModel):
    """An error that AWS answers to an operation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    Code: str
    Message: str


class Case(BaseModel):
    """A case: what AWS answers about one system."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path
    kind: str | None
    """The true cause. None in the control group, where nothing is broken."""
    description: str
    sources: list[str]
    answers: dict[str, dict[str, Any]] = Field(default={})
    """Members of answers by the operation, such as `ecs.DescribeServices`."""
    errors: dict[str, Error] = Field(default={})
    """Errors by the operation."""
    logs: dict[str, list[str]] = Field(default={})
    """The lines of the log of each task, by the task's id, and of the newest build (`build`)."""
    must_call: list[str] = Field(default=[])
    """Operations without which nobody can find the cause."""

    @cached_property
    def name(self) -> str:
        """The path of the file in the folder, without the suffix."""
        return str(self.file.relative_to(FOLDER).with_suffix(""))


def read(file: Path) -> Case:
    """Return the case in a file."""
    return Case(file=file, **json.loads(file.read_text(encoding="utf-8")))


def cases() -> list[Case]:
    """Return all cases: those of `broken` first, then the control group."""
    return [*of("broken"), *of("healthy")]


def of(folder: str) -> list[Case]:
    """Return the cases of a folder, `broken` or `healthy`."""
    return [read(file) for file in sorted((FOLDER / folder).glob("*.json"))]
