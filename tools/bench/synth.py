"""The program behind `make bench`: measures a synthesis of this project and of other programs, in pairs.

In each round, all programs synthesize the same number of environments, one program after another. So a machine that is
slow for a while makes all programs slow. The result is in docs/bench.md, or with `CDK=cdktn` in docs/bench-cdktn.md.
The exit code is 1 if a program declares other resources than this project.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import Progress

from tools import toolchain
from tools.bench import page
from tools.bench.measure import Files, Measured, declared, run
from tools.bench.ways import AWS_CDK, OURS, STOCK, WAYS, Case, Way
from tools.outside import OutsideError
from tools.toolchain import program

ENVIRONMENTS = (1, 2, 10, 20, 50)
ROUNDS = 5


def measure(
    environments: Sequence[int], rounds: int, *, ways: Sequence[Way] = WAYS, before_run: Callable[[Way, int], object]
) -> dict[int, dict[str, Measured]]:
    """Return the measurements by number of environments and name of the program.

    Before the first round, each program runs without a measurement, because its first run fills caches. The memory is
    measured in an additional round.

    Raises:
        OutsideError: A program failed, or declares other resources than this project.
    """
    found: dict[int, dict[str, Measured]] = {}
    with TemporaryDirectory() as folder:
        for number in environments:
            case = Case(number, Path(folder, str(number)))
            case.write_settings()
            _, expected = run(OURS, case)
            case.write(expected)
            found[number] = {way.name: Measured() for way in ways}
            for count in range(-1 if number == environments[0] else 0, rounds + 1):
                for way in ways:
                    before_run(way, number)
                    single, files = run(way, case, sampled=count == rounds)
                    _check(way, files, expected)
                    found[number][way.name].add(single, timed=0 <= count < rounds)
    return found


def _check(way: Way, files: Files, expected: Files) -> None:
    if way is AWS_CDK:  # it writes templates of CloudFormation
        return
    found, own = (files, expected) if way in (OURS, STOCK) else (declared(files), declared(expected))
    if differing := sorted(path for path in found.keys() | own.keys() if found.get(path) != own.get(path)):
        raise OutsideError(f"{way.name}: these files differ from those of this project: {', '.join(differing)}")


def main() -> int:
    """Measure, print the page, and write it."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.synth", description=__doc__)
    parser.add_argument("--environments", type=int, nargs="+", default=ENVIRONMENTS, metavar="NUMBER")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="NUMBER", help="measured runs")
    parser.add_argument(
        "--into", type=Path, default=toolchain.ROOT / "docs", metavar="FOLDER", help="where to write the page"
    )
    options = parser.parse_args()
    numbers: list[int] = options.environments
    if len(numbers) < 2 or len({*numbers}) < len(numbers) or min(numbers) < 1:  # the page fits a line to them
        parser.error(f"--environments: must be at least two different positive numbers, got {numbers}")
    if options.rounds < 1:
        parser.error(f"--rounds: must be at least 1, got {options.rounds}")

    console = Console()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("", total=((options.rounds + 1) * len(options.environments) + 1) * len(WAYS))
        found = measure(
            options.environments,
            options.rounds,
            before_run=lambda way, number: progress.update(
                task, advance=1, description=f"{way.name}, environments: {number}"
            ),
        )

    cdk = toolchain.CDKTF.name
    stem = "bench" if cdk == "cdktf" else f"bench-{cdk}"
    text = page.markdown(found, cdk=cdk, rounds=options.rounds, plot=f"{stem}.svg")
    console.print(Markdown(text))
    replace(options.into / f"{stem}.svg", page.plot(found))
    replace(options.into / f"{stem}.md", text)
    return 0


def replace(path: Path, text: str) -> None:
    """Write a file as a whole: an interrupted program leaves the old file."""
    with TemporaryDirectory(dir=path.parent) as folder:
        new = Path(folder, path.name)
        new.write_text(text, encoding="utf-8")
        new.replace(path)


if __name__ == "__main__":
    sys.exit(program.run(main))
