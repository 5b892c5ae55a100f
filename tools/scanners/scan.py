"""Scans of plans by checkov, which is loaded one time for all plans.

It runs as a program in the scanners' own environment, so it imports nothing of this project. It reads plans in
Terraform's JSON from the files of its arguments, and writes a JSON list of checkov's reports to standard output.

checkov gets one plan at a time, because it finds related resources by address, and would find those of other stacks.
Each plan is scanned in a forked process, because checkov keeps the resources of a plan after the scan.
"""

import contextlib
import io
import json
import multiprocessing
import sys
from multiprocessing.connection import Connection

from checkov.main import Checkov

OPTIONS = ("--framework", "terraform_plan", "--skip-download", "--output", "json", "--soft-fail")
"""https://www.checkov.io/2.Basics/CLI%20Command%20Reference.html"""


def _scan(file: str, to: Connection) -> None:
    """Send checkov's report about a plan. checkov prints its report."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        Checkov([*OPTIONS, "--file", file]).run()
    to.send(json.loads(printed.getvalue()))


def _report(file: str) -> object:
    """Return checkov's report about a plan.

    Raises:
        EOFError: The scan has failed, and has printed a traceback.
    """
    receiving, sending = multiprocessing.Pipe(duplex=False)
    forked = multiprocessing.get_context("fork").Process(target=_scan, args=(file, sending))
    forked.start()
    sending.close()  # otherwise this process would wait for a report of a process that has ended
    report: object = receiving.recv()
    forked.join()
    return report


if __name__ == "__main__":
    json.dump([_report(file) for file in sys.argv[1:]], sys.stdout)
