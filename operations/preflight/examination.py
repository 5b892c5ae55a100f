"""Examination: all checks of an environment, with their progress on a terminal."""

from dataclasses import dataclass

from rich.console import Console

from operations.preflight import credentials, runner
from operations.preflight.context import Context
from operations.preflight.finding import Finding, Kind, not_checked, ok
from operations.sessions import Caller, heading
from settings import Settings
from tools import toolchain


@dataclass(frozen=True)
class Examination:
    """The findings of all checks."""

    settings: Settings
    caller: Caller | None
    """None if AWS does not accept the credentials."""
    findings: list[Finding]

    @property
    def problems(self) -> int:
        """The number of problems."""
        return sum(finding.kind is Kind.PROBLEM for finding in self.findings)

    @property
    def heading(self) -> str:
        """The environment, the region, the account and the caller."""
        return heading(self.settings, self.caller)


def examine(settings: Settings, console: Console) -> Examination:
    """Make all checks. Nothing is changed."""
    with console.status("preflight: asking AWS who you are") as status:

        def show(ended: int, number: int) -> None:
            status.update(f"preflight: {ended} of {number} checks have ended")

        caller = credentials.identify(settings)
        local = runner.local(settings)
        if isinstance(caller, Finding):
            skipped = not_checked("all that is in AWS", "the credentials cannot be used")
            return Examination(settings, None, [caller, skipped, *runner.run(local, show)])
        context = Context(settings, caller.client, toolchain.output_folder().parent)
        accepted = ok(credentials.PLACE, f"AWS accepts the credentials, for account {caller.account}")
        found = runner.run(runner.of_account(context) | local, show)
        return Examination(settings, caller, [accepted, *found])
