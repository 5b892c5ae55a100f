"""The program behind `make rehearse`: runs the steps, and deletes its folder unless a step fails or KEEP=1 is set."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from rich.console import Console

from localaws.server import LocalAws
from rehearsal import kept
from rehearsal.display import Display, RehearsalError
from rehearsal.steps import Rehearsal
from settings import SettingsError, find
from settings.location import settings_file
from tools.toolchain import program, signals

GRACE_SECONDS = 1

STATES = {"": False, "local": False, "s3": True}
SWITCH = dict.fromkeys(("", "0", "no", "false", "off"), False) | dict.fromkeys(("1", "yes", "true", "on"), True)
CALLERS = {"": False, "ci": True}
"""The values of make's variables STATE, KEEP and AS."""


@contextmanager
def _folder(environment: str, *, keep: bool) -> Iterator[Path]:
    """Yield a new folder for a rehearsal of an environment.

    The folder is deleted at the end or at an interrupt. It stays if the block fails or `keep` is set.
    """
    kept.FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=kept.FOLDER, prefix=f"{environment}-"))
    try:
        yield folder
    except (KeyboardInterrupt, SystemExit):  # rich raises SystemExit when the reader of the output has ended
        with signals.deferred():  # a closed terminal sends several signals
            kept.remove(folder)
        raise
    except Exception as error:
        error.add_note(f"The logs, settings and state of this rehearsal stay in {folder} until `make clean`.")
        raise
    if not keep:
        shutil.rmtree(folder)


@contextmanager
def _denials(aws: LocalAws) -> Iterator[None]:
    """Add IAM's last denial to the error of a time-out, because a denial often causes a time-out."""
    try:
        yield
    except RehearsalError as error:
        if isinstance(error.__cause__, TimeoutError):
            denials = [decision["message"] for decision in aws.decisions() if not decision["allowed"]]
            if denials:
                error.add_note(f"IAM's last denial: {denials[-1]}")
        raise


@contextmanager
def _interrupted_by_the_end_of(aws: LocalAws) -> Iterator[None]:
    """Interrupt the block when the local AWS ends. Otherwise, Terraform would retry its requests for minutes.

    Raises:
        RehearsalError: The local AWS has ended. Its log has the reason.
    """
    over = Event()

    def interrupt() -> None:
        aws.wait()
        if not over.is_set():
            os.kill(os.getpid(), signal.SIGINT)

    thread = Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        yield
    except (Exception, KeyboardInterrupt):
        with suppress(KeyboardInterrupt):  # the block may notice the end of the local AWS before the interrupt
            thread.join(GRACE_SECONDS)
        if aws.has_ended():
            raise RehearsalError(
                "the local AWS ended before the end of the rehearsal; aws.log has the reason"
            ) from None
        raise
    finally:
        over.set()


def rehearse(environment: str, *, s3_state: bool = False, as_ci: bool = False, keep: bool, console: Console) -> None:
    """Run all steps.

    Args:
        environment: The name of the environment.
        s3_state: Whether to move the state into a bucket.
        as_ci: Whether to plan and deploy under the roles of the workflows.
        keep: Whether to keep the local AWS and the system running, instead of destroying the system.
        console: Where to show the progress.

    Raises:
        RehearsalError: A step failed.
        SettingsError: The settings file does not have the environment, or is invalid.
    """
    settings = find(settings_file(os.environ), environment)
    display = Display(console)
    if keep and (earlier := kept.kept()):
        console.print(
            f"A rehearsal is kept already: {earlier[-1]}. After this run, `. .rehearsal/env` uses the new one. To take "
            "the earlier one away first: make down",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    with (
        _folder(environment, keep=keep) as folder,
        LocalAws.start(folder / "aws.log", region=settings.region, account_id=settings.account_id) as aws,
        _interrupted_by_the_end_of(aws),
        _denials(aws),
    ):
        rehearsal = Rehearsal(aws, folder, settings=settings, on_progress=display.show, as_ci=as_ci)
        display.run(rehearsal.up(s3_state=s3_state))
        if not keep:
            display.run(rehearsal.destroy())
        display.run(rehearsal.check_requests())
        display.table()
        if keep:
            instructions = kept.keep(rehearsal, settings)
            console.print(instructions, soft_wrap=True, highlight=False, markup=False)
            aws.stay()


def _chosen(name: str, text: str, choices: Mapping[str, bool]) -> bool:
    """Return the choice for the value of a variable of make. Upper and lower case do not matter."""
    if text.strip().lower() not in choices:
        known = ", ".join(filter(None, choices))
        raise RehearsalError(f"{name}={text}: must be one of {known}")
    return choices[text.strip().lower()]


def main() -> int:
    """Rehearse the environment on the command line, and return the exit code. It is 130 after an interrupt."""
    parser = argparse.ArgumentParser(prog="make rehearse", description=__doc__)
    parser.add_argument("environment")
    parser.add_argument("--state", default="", help="s3: move the state into a bucket after the deployment")
    parser.add_argument("--as", default="", dest="caller", help="ci: plan and deploy under the roles of the workflows")
    parser.add_argument("--keep", default="", help="1: keep the local AWS and the system running")
    arguments = parser.parse_args()

    def run() -> int:
        rehearse(
            arguments.environment,
            s3_state=_chosen("STATE", arguments.state, STATES),
            as_ci=_chosen("AS", arguments.caller, CALLERS),
            keep=_chosen("KEEP", arguments.keep, SWITCH),
            console=Console(),
        )
        return 0

    return program.run(run, SettingsError)


if __name__ == "__main__":
    sys.exit(main())
