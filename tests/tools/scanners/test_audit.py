"""`make audit`, with a fake server in place of OSV and npm's registry."""

import gzip
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.synthesized import Json
from tools import toolchain
from tools.scanners import audit
from tools.scanners.audit import Accepted, Advisory, AuditError, audit_npm, audit_pip, faults
from tools.toolchain.locks import NPM_LOCKS, PIPFILE_LOCKS, REQUIREMENTS

TODAY = date(2026, 11, 25)
URLLIB3 = Advisory("Pipfile.lock", "urllib3", ("PYSEC-2023-212", "CVE-2023-45803"), "It keeps the body.")


def accepted(**changed: object) -> Accepted:
    """Return an entry that covers the vulnerability of urllib3."""
    entry = {"id": "CVE-2023-45803", "package": "urllib3", "reason": "Nothing is sent.", "until": TODAY}
    return Accepted(**(entry | changed))  # type: ignore[arg-type] # what TOML gives


def test_a_vulnerability_is_a_fault() -> None:
    assert faults([URLLIB3], [], TODAY) == ["Pipfile.lock: urllib3: PYSEC-2023-212: It keeps the body."]


def test_an_entry_accepts_any_id_until_its_date() -> None:
    assert faults([URLLIB3], [accepted()], TODAY) == []
    assert faults([URLLIB3], [accepted(id="PYSEC-2023-212")], TODAY) == []
    assert faults([URLLIB3], [accepted(until=date(2026, 11, 24))], TODAY) == [
        "CVE-2023-45803 of urllib3: the acceptance expired on 2026-11-24; upgrade the package or change `until`"
    ]


@pytest.mark.parametrize("other", [accepted(id="CVE-2023-43804"), accepted(package="requests")])
def test_an_entry_that_covers_nothing_is_a_fault(other: Accepted) -> None:
    assert faults([URLLIB3], [other], TODAY) == [
        "Pipfile.lock: urllib3: PYSEC-2023-212: It keeps the body.",
        f"{other.id} of {other.package}: accepted, but no longer reported; remove the entry in advisories.toml",
    ]


@contextmanager
def answering(answer: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Run a server on loopback, and yield its address."""
    with HTTPServer(("127.0.0.1", 0), answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class Service(BaseHTTPRequestHandler):
    """A fake of OSV and npm's registry. Both know one vulnerability of one version of urllib3 and left-pad.

    https://google.github.io/osv.dev/post-v1-query/
    """

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self._answer(self._advisories() if self.path.endswith("/bulk") else self._vulnerabilities(asked))

    def do_GET(self) -> None:
        versions = {"1.0.0": {"name": "left-pad", "version": "1.0.0"}}
        self._answer({"name": "left-pad", "dist-tags": {"latest": "1.0.0"}, "versions": versions})

    def _advisories(self) -> Json:
        url = "https://github.com/advisories/GHSA-1111-2222-3333"
        advisory = {
            "id": 1,
            "url": url,
            "title": "It pads too far",
            "severity": "high",
            "vulnerable_versions": "<1.1.0",
        }
        return {"left-pad": [advisory]}

    def _vulnerabilities(self, asked: Json) -> Json:
        if asked["package"]["name"] != "urllib3" or asked["version"] != "1.26.4":
            return {}
        events = [{"introduced": "0"}, {"fixed": "1.26.18"}]
        affected = {
            "package": {"name": "urllib3", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
            "versions": ["1.26.4"],
        }
        vulnerability = {
            "id": "PYSEC-2023-212",
            "aliases": ["CVE-2023-45803"],
            "details": "It keeps the body.",
            "published": "2023-10-17T20:15:00Z",
            "affected": [affected],
        }
        return {"vulns": [vulnerability]}

    def _answer(self, content: Json) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Refusal(Service):
    """A service that refuses to answer."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_error(405)


def pipfile_lock(folder: Path, **versions: str) -> Path:
    packages = {
        name: {"version": f"=={version}", "hashes": [f"sha256:{'0' * 64}"]} for name, version in versions.items()
    }
    lock = folder / "Pipfile.lock"
    lock.write_text(json.dumps({"default": {}, "develop": packages}))
    return lock


def npm_lock(folder: Path) -> Path:
    root = {"name": "planted", "dependencies": {"left-pad": "1.0.0"}}
    packages = {"": root, "node_modules/left-pad": {"version": "1.0.0", "integrity": f"sha512-{'0' * 86}=="}}
    (folder / "package.json").write_text(json.dumps(root))
    lock = folder / "package-lock.json"
    lock.write_text(json.dumps({"name": "planted", "lockfileVersion": 3, "packages": packages}))
    return lock


def npm_variables(folder: Path, registry: str) -> dict[str, str]:
    own = {"npm_config_registry": registry, "npm_config_cache": str(folder / "cache"), "npm_config_fetch_retries": "0"}
    return toolchain.environment(os.environ) | own


@pytest.mark.slow
def test_only_the_vulnerable_python_version_is_found(tmp_path: Path) -> None:
    lock = pipfile_lock(tmp_path, urllib3="1.26.4", idna="3.20")

    with answering(Service) as address:
        found = audit_pip(lock, osv=address)
        fixed = audit_pip(pipfile_lock(tmp_path, urllib3="1.26.18"), osv=address)

    assert found == [replace(URLLIB3, lock=str(lock))]
    assert fixed == []


@pytest.mark.slow
def test_a_requirements_file_is_audited_too(tmp_path: Path) -> None:
    lock = tmp_path / "planted.txt"
    lock.write_text(f"urllib3==1.26.4 --hash=sha256:{'0' * 64}\n")

    with answering(Service) as address:
        assert [advisory.package for advisory in audit_pip(lock, osv=address)] == ["urllib3"]


@pytest.mark.slow
def test_a_vulnerable_npm_version_is_found(tmp_path: Path) -> None:
    with answering(Service) as address:
        found = audit_npm(npm_lock(tmp_path), variables=npm_variables(tmp_path, address))

    assert found == [
        Advisory(str(tmp_path / "package-lock.json"), "left-pad", ("GHSA-1111-2222-3333",), "It pads too far")
    ]


@pytest.mark.slow
def test_a_service_that_refuses_is_an_error(tmp_path: Path) -> None:
    with answering(Refusal) as address:
        with pytest.raises(AuditError, match=r"Pipfile\.lock: could not be queried: .*405"):
            audit_pip(pipfile_lock(tmp_path, urllib3="1.26.18"), osv=address)
        with pytest.raises(AuditError, match=r"/package-lock\.json: could not be queried: .*405"):
            audit_npm(npm_lock(tmp_path), variables=npm_variables(tmp_path, address))


def test_a_skipped_package_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = {"dependencies": [{"name": "urllib3", "skip_reason": "Dependency not found"}], "fixes": []}
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\necho '{json.dumps(report)}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(audit, "PIP_AUDIT", program)

    with pytest.raises(AuditError, match=r"OSV has no answer for urllib3 \(Dependency not found\)$"):
        audit_pip(pipfile_lock(tmp_path, urllib3="1.26.18"))


def test_the_command_audits_every_lock_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def found_in(lock: Path, **_: object) -> list[Advisory]:
        asked.append(str(lock))
        return [replace(URLLIB3, lock=str(lock))]

    monkeypatch.setattr(audit, "audit_npm", found_in)
    monkeypatch.setattr(audit, "audit_pip", found_in)

    assert audit.main() == 1
    assert asked == [str(lock) for lock in (*NPM_LOCKS, *PIPFILE_LOCKS, *REQUIREMENTS)]
    assert capsys.readouterr().err.splitlines() == [
        f"✗ {lock}: urllib3: PYSEC-2023-212: It keeps the body." for lock in asked
    ]


def test_the_command_fails_with_an_unaudited_lock_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def in_vain(*_: object, **__: object) -> list[Advisory]:
        raise AuditError("package-lock.json: could not be queried: 405")

    monkeypatch.setattr(audit, "audit_npm", in_vain)

    assert audit.main() == 1
    assert capsys.readouterr().err == "✗ package-lock.json: could not be queried: 405\n"
