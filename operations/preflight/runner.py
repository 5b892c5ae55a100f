"""The checks, and how they run: at the same time, each in a thread, and within a limited time."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import Empty, Queue
from threading import Thread

from operations.preflight import finding
from operations.preflight.checks import bucket, database_class, domain, image, quotas, region, state, versions
from operations.preflight.context import Context
from operations.preflight.finding import Finding, not_checked
from settings import Settings

SECONDS = 30.0
"""The time for all checks. A check that takes longer is reported as not checked."""

Check = Callable[[], Iterable[Finding]]
Checks = dict[str, Check]
"""What is checked to the check. The findings of a check can have other places."""


def local(settings: Settings) -> Checks:
    """Return the checks that need no AWS."""
    return {
        versions.TERRAFORM: versions.check_terraform,
        versions.PROVIDER: partial(versions.check_provider, settings),
    }


def of_account(context: Context) -> Checks:
    """Return the checks that need credentials."""
    return {
        region.PLACE: partial(region.check, context),
        domain.PLACE: partial(domain.delegation, context),
        domain.CERTIFICATE: partial(domain.caa, context),
        image.PLACE: partial(image.check, context),
        database_class.PLACE: partial(database_class.check, context),
        **{quota.place: partial(quota, context) for quota in quotas.QUOTAS},
        quotas.BUILDS_PLACE: partial(quotas.builds, context),
        bucket.PLACE: partial(bucket.check, context),
        state.LOCK: partial(state.locks, context),
        state.STATE: partial(state.orphans, context),
    }


def run(checks: Checks, report: Callable[[int, int], None], *, seconds: float = SECONDS) -> Iterator[Finding]:
    """Run the checks, and yield their findings in the order of the checks.

    The threads are daemons. So a check that hangs neither delays the end of the program, nor Ctrl-C.

    Args:
        checks: The checks.
        report: Gets the number of checks that have ended, and the number of all checks.
        seconds: The time for all checks together.
    """
    deadline = time.monotonic() + seconds
    ended: Queue[tuple[str, list[Finding]]] = Queue()
    for place, check in checks.items():
        Thread(target=lambda place=place, check=check: ended.put((place, _findings(place, check))), daemon=True).start()
    found: dict[str, list[Finding]] = {}
    while len(found) < len(checks):
        report(len(found), len(checks))
        try:
            place, findings = ended.get(timeout=max(deadline - time.monotonic(), 0))
        except Empty:
            break
        found[place] = findings
    for place in checks:
        yield from found.get(place) or [not_checked(place, f"the answer took longer than {seconds:g} seconds")]


def _findings(place: str, check: Check) -> list[Finding]:
    """Return the findings of a check. An error of the check becomes a finding, after those that the check made."""
    findings: list[Finding] = []
    try:
        for each in check():
            findings.append(each)  # noqa: PERF402 - an error in a generator must not lose the findings before it
    except Exception as error:  # noqa: BLE001 - no check may end the others, whatever AWS answers
        findings.append(not_checked(place, finding.reason(error)))
    return findings
