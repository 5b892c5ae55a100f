"""The command behind `make audit`: finds known vulnerabilities in the packages of every lock file.

pip-audit queries OSV for the Python packages, and npm queries its registry for the others. If the packages of a lock
file cannot be queried, the audit fails. Otherwise the lock file would seem to have no vulnerabilities.
https://github.com/pypa/pip-audit and https://docs.npmjs.com/cli/v10/commands/npm-audit
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import shorten

from tools import toolchain
from tools.toolchain import locks, program
from tools.toolchain.files import JsonObject
from tools.toolchain.locks import NPM_LOCKS, PIPFILE_LOCKS, REQUIREMENTS

ACCEPTED = toolchain.ROOT / "tools" / "scanners" / "advisories.toml"
PIP_AUDIT = toolchain.ROOT / ".tools" / "scanners" / "bin" / "pip-audit"
OSV = "https://api.osv.dev/v1/query"


class AuditError(Exception):
    """The packages of a lock file could not be queried. The message says why."""


@dataclass(frozen=True)
class Advisory:
    """A vulnerability of a package in a lock file, with all ids of the vulnerability."""

    lock: str
    package: str
    ids: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Accepted:
    """An entry that accepts a vulnerability of a package until a date, with the reason."""

    id: str
    package: str
    reason: str
    until: date

    def covers(self, advisory: Advisory) -> bool:
        """Return whether this entry accepts the vulnerability."""
        return self.package == advisory.package and self.id in advisory.ids


def faults(found: Sequence[Advisory], accepted: Sequence[Accepted], today: date) -> list[str]:
    """Return the vulnerabilities that are not accepted, and the entries that have expired or cover no vulnerability."""
    return [
        *(
            f"{advisory.lock}: {advisory.package}: {advisory.ids[0]}: {advisory.text}"
            for advisory in found
            if not any(entry.covers(advisory) for entry in accepted)
        ),
        *(
            f"{entry.id} of {entry.package}: the acceptance expired on {entry.until}; "
            "upgrade the package or change `until`"
            for entry in accepted
            if entry.until < today
        ),
        *(
            f"{entry.id} of {entry.package}: accepted, but no longer reported; remove the entry in advisories.toml"
            for entry in accepted
            if not any(entry.covers(advisory) for advisory in found)
        ),
    ]


def audit_pip(lock: Path, *, osv: str = OSV) -> list[Advisory]:
    """Return the known vulnerabilities of Python packages.

    Args:
        lock: A Pipfile.lock, or a requirements file with hashes.
        osv: The URL of the database.

    Raises:
        AuditError: The database has not answered for every package.
    """
    text = lock.read_text(encoding="utf-8")
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as requirements:
        requirements.write("\n".join(_requirements(json.loads(text))) if lock.suffix == ".lock" else text)
        requirements.flush()
        options = ["--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
        service = ["--vulnerability-service=osv", f"--osv-url={osv}"]
        report = _report([str(PIP_AUDIT), *options, *service, "--requirement", requirements.name], lock)
    skipped = [f"{each['name']} ({each['skip_reason']})" for each in report["dependencies"] if "skip_reason" in each]
    if skipped:
        raise AuditError(f"{lock}: OSV has no answer for {', '.join(skipped)}")
    return [
        Advisory(str(lock), package["name"], (found["id"], *found["aliases"]), shorten(found["description"], 120))
        for package in report["dependencies"]
        for found in package["vulns"]
    ]


def audit_npm(lock: Path, *, variables: Mapping[str, str]) -> list[Advisory]:
    """Return the known vulnerabilities of the packages of a package-lock.json.

    Raises:
        AuditError: The registry could not be queried.
    """
    report = _report(["npm", "audit", "--json"], lock, cwd=lock.absolute().parent, variables=variables)
    return [
        Advisory(str(lock), found["name"], (found["url"].rpartition("/")[2],), found["title"])
        for package in report["vulnerabilities"].values()
        for found in package["via"]
        if isinstance(found, dict)  # a string is the name of another package in the report
    ]


def _report(
    command: list[str], lock: Path, *, cwd: Path = toolchain.ROOT, variables: Mapping[str, str] | None = None
) -> JsonObject:
    """Run an auditor, and return the report that it prints."""
    process = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
    report: JsonObject
    try:
        report = json.loads(process.stdout)
        why = report.get("message", "")
    except ValueError:
        lines = process.stderr.strip().splitlines()
        report, why = {}, next((line for line in reversed(lines) if "Error: " in line), "".join(lines[-1:]))
    if not report.keys() & {"dependencies", "vulnerabilities"}:
        raise AuditError(f"{lock}: could not be queried: {why}")
    return report


def _requirements(lock: Mapping[str, JsonObject]) -> Iterator[str]:
    """Yield the packages of a Pipfile.lock as lines of a requirements file."""
    for name, package in dict(locks.packages(lock)).items():
        yield f"{name}{package['version']} " + " ".join(f"--hash={hash_}" for hash_ in package["hashes"])


def main() -> int:
    """Audit every lock file, print the faults, and return the exit code."""
    return program.run(_audit, AuditError)


def _audit() -> int:
    accepted = [Accepted(**entry) for entry in tomllib.loads(ACCEPTED.read_text(encoding="utf-8")).get("accepted", [])]
    variables = toolchain.environment()
    found = [advisory for lock in NPM_LOCKS for advisory in audit_npm(lock, variables=variables)]
    found += [advisory for lock in (*PIPFILE_LOCKS, *REQUIREMENTS) for advisory in audit_pip(lock)]
    findings = faults(found, accepted, datetime.now(tz=UTC).date())
    return max([program.refuse(finding) for finding in findings], default=0)


if __name__ == "__main__":
    sys.exit(main())
