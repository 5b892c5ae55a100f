"""The scanners, run by the tests in a separate environment, without the network."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.synthesized import ROOT, Json

BIN = ROOT / ".tools" / "scanners" / "bin"
PROGRAMS = ROOT / "tools" / "scanners"

allowed = False
"""Whether the current test is marked slow, as every test with a scanner must be."""


@dataclass(frozen=True)
class Failure:
    """A check that fails for a resource. The address is without cdktf's hash; the text is checkov's."""

    check: str
    address: str
    text: str


@dataclass(frozen=True)
class Scan:
    """The result of checkov for one plan."""

    version: str
    passed: int
    failures: list[Failure]


@dataclass(frozen=True)
class Planned:
    """A plan in Terraform's JSON, and the synthesized JSON of its stack."""

    plan: Json
    written: Json


def scan(planned: Mapping[str, Planned], folder: Path) -> dict[str, Scan]:
    """Scan plans with checkov, and return the results by the same names; `folder` is for its input files.

    checkov accepts values that a plan does not know yet, and these are whole policies and container definitions. So the
    scan replaces them with the synthesized text, which contains references.
    https://www.checkov.io/7.Scan%20Examples/Terraform%20Plan%20Scanning.html
    """
    files = {name: folder / f"{name}.json" for name in planned}
    for name, each in planned.items():
        files[name].write_text(json.dumps(_completed(each.plan, each.written)), encoding="utf-8")
    reports = json.loads(_run("python", "-I", str(PROGRAMS / "scan.py"), *map(str, files.values())))
    return {name: _scan(report) for name, report in zip(files, reports, strict=True)}


def _scan(report: Json) -> Scan:
    assert not report["summary"]["parsing_errors"], report
    failures = [
        Failure(failed["check_id"], re.sub(r"_[0-9A-F]{8}(?!\w)", "", failed["resource"]), failed["check_name"])
        for failed in report["results"]["failed_checks"]
    ]
    return Scan(report["summary"]["checkov_version"], report["summary"]["passed"], failures)


def lint(policies: Mapping[str, Json]) -> list[str]:
    """Return the findings of `tools/scanners/lint.py` in policies with resources."""
    return list(json.loads(_run("python", "-I", str(PROGRAMS / "lint.py"), typed=json.dumps(policies))))


def _completed(plan: Json, written: Json) -> Json:
    unknown = {change["address"]: change["change"]["after_unknown"] for change in plan["resource_changes"]}
    root = plan["planned_values"]["root_module"]
    resources = [
        {**each, "values": complete(each.get("values"), unknown[each["address"]], _block(written, each))}
        if each["mode"] == "managed"
        else each
        for each in root["resources"]
    ]
    return {**plan, "planned_values": {"root_module": {**root, "resources": resources}}}


def _block(written: Json, resource: Json) -> Json:
    block: Json = written["resource"][resource["type"]][resource["name"]]
    return block


def complete(known: Any, unknown: Any, written: Any) -> Any:
    """Return a planned value with synthesized values in place of unknown ones."""
    if unknown is True and written is not None:
        return written
    if isinstance(unknown, dict) and isinstance(written, dict):
        completed = {name: complete((known or {}).get(name), unknown[name], written.get(name)) for name in unknown}
        return (known or {}) | {name: value for name, value in completed.items() if value is not None}
    if isinstance(unknown, list) and isinstance(known, list):
        blocks = written if isinstance(written, list) else [written]
        if len(known) == len(unknown) == len(blocks):
            return [complete(*each) for each in zip(known, unknown, blocks, strict=True)]
    return known


def _run(program: str, *arguments: str, typed: str = "") -> str:
    if not allowed:
        pytest.fail("Mark this test slow: make test-fast runs in a clone without the scanners.")
    if not (BIN / program).exists():
        pytest.fail("The scanners are not installed: make test does that.")
    process = subprocess.run(
        [str(BIN / program), *arguments], input=typed, capture_output=True, text=True, check=False, timeout=300
    )
    assert process.returncode == 0, process.stderr
    return process.stdout
