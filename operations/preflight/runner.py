"""The checks, and how they run: at the same time, each in a thread, and within a limited time."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from operations import reasons
from operations.preflight.checks import (
    bucket,
    database_class,
    database_upgrade,
    domain,
    image,
    quotas,
    region,
    state,
    versions,
)
from operations.preflight.context import Context
from operations.preflight.finding import Finding, not_checked
from operations.wait import together
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
        database_upgrade.PLACE: partial(database_upgrade.check, context),
        **{quota.place: partial(quota, context) for quota in quotas.QUOTAS},
        quotas.BUILDS_PLACE: partial(quotas.builds, context),
        bucket.PLACE: partial(bucket.check, context),
        state.LOCK: partial(state.locks, context),
        state.STATE: partial(state.orphans, context),
    }


def run(checks: Checks, report: Callable[[int, int], None], *, seconds: float = SECONDS) -> Iterator[Finding]:
    """Run the checks, and yield their findings in the order of the checks.

    Args:
        checks: The checks.
        report: Gets the number of checks that have ended, and the number of all checks.
        seconds: The time for all checks together.
    """
    jobs = {place: partial(_findings, place, check) for place, check in checks.items()}
    for place, found in together(jobs, seconds, report).items():
        yield from [not_checked(place, reasons.reason(found))] if isinstance(found, Exception) else found


def _findings(place: str, check: Check) -> list[Finding]:
    """Return the findings of a check. An error of the check becomes a finding, after those that the check made."""
    findings: list[Finding] = []
    try:
        for each in check():
            findings.append(each)  # noqa: PERF402 - an error in a generator must not lose the findings before it
    except Exception as error:  # noqa: BLE001 - no check may end the others, whatever AWS answers
        findings.append(not_checked(place, reasons.reason(error)))
    return findings
