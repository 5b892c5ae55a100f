"""Benchmark of `python main.py`, in two ways: with tools/bindings/, and without tools/bindings/ ("stock import").

The stock import loads all AWS bindings. The exit code is 1 if the two ways synthesize different bytes.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from os import environ
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).parents[2]
ROUNDS = 5
OURS, PEER = "bindings", "stock import"

# This program runs main.py. At exit, it writes the peak memory of Python and of the largest Node process. The memory of
# the Node process is known only after the exit hook of jsii has ended that process. The hook of jsii runs before the
# hook of this program, because jsii is imported later.
PROGRAM = """
import atexit, json, resource, runpy, sys
way, report = sys.argv[1:]
@atexit.register
def write_peaks():
    unit = 1 if sys.platform == "darwin" else 1024
    whose = {"Python": resource.RUSAGE_SELF, "Node": resource.RUSAGE_CHILDREN}
    with open(report, "w") as file:
        json.dump({process: resource.getrusage(who).ru_maxrss * unit for process, who in whose.items()}, file)
if way == "stock import":
    from tools.bench import stock
    stock.install()
sys.argv[:] = ["main.py"]
runpy.run_path("main.py", run_name="__main__")
"""


@dataclass(frozen=True)
class Run:
    """A run of main.py: its duration, the peak memory by process, and the synthesized files by path."""

    seconds: float
    peak_bytes: dict[str, int]
    files: dict[str, bytes]


def run(way: str) -> Run:
    """Run main.py with one of the two ways of importing the bindings."""
    with tempfile.TemporaryDirectory() as folder:
        output, report = Path(folder, "cdktf.out"), Path(folder, "peaks.json")
        started = time.perf_counter()
        program = subprocess.run(
            [sys.executable, "-c", PROGRAM, way, str(report)], cwd=ROOT, env={**environ, "CDKTF_OUTDIR": str(output)}
        )
        seconds = time.perf_counter() - started
        if program.returncode != 0:
            sys.exit(f"main.py failed with the {way}; its output is above")
        files = {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}
        return Run(seconds, json.loads(report.read_text()), files)


def row(way: str, runs: list[Run], peer: list[Run]) -> list[str]:
    """Return the row of the table for one way, compared with the runs of the stock import."""
    seconds = [each.seconds for each in runs]
    ratio = median(each.seconds for each in peer) / median(seconds)
    peak_bytes, process = max((peak, process) for each in runs for process, peak in each.peak_bytes.items())
    return [
        way,
        f"{median(seconds):.2f} s",
        f"{min(seconds):.2f} to {max(seconds):.2f} s",
        f"{ratio:.1f} times",
        f"{peak_bytes / 2**20:.0f} MiB ({process})",
    ]


def differing(runs: list[Run]) -> list[str]:
    """Return the paths of the files that are not the same in all runs."""
    first, *others = runs
    paths = {path for each in runs for path in each.files}
    return sorted(path for path in paths if any(first.files.get(path) != each.files.get(path) for each in others))


def main() -> None:
    """Run both ways alternately, print the table, and exit with an error if the synthesized files differ."""
    runs: dict[str, list[Run]] = {OURS: [], PEER: []}
    console = Console()
    for way in track([OURS, PEER] * (1 + ROUNDS), description="Synthesizing", console=console, transient=True):
        runs[way].append(run(way))
    warm = {way: each[1:] for way, each in runs.items()}

    table = Table(
        "",
        "median",
        "range",
        "speed",
        "largest process",
        title="python main.py",
        caption=f"{ROUNDS} warm runs of each way, alternately",
    )
    for way in warm:
        table.add_row(*row(way, warm[way], warm[PEER]))
    console.print(table)

    if paths := differing(runs[OURS] + runs[PEER]):
        sys.exit(f"These files are not the same in both ways: {', '.join(paths)}")
    console.print(f"Both ways synthesize the same {len(runs[PEER][0].files)} files.")


if __name__ == "__main__":
    main()
