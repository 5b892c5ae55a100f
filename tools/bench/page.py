"""The page about a benchmark: tables in Markdown, and a plot."""

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from statistics import linear_regression, median

import psutil

from tools.bench.measure import Measured
from tools.bench.plot import svg
from tools.bench.ways import AWS_CDK, NODE, OURS, STOCK, WAYS

Found = Mapping[int, Mapping[str, Measured]]
"""The measurements by number of environments and name of the program."""

MIB = 2**20

TEMPLATE = """\
# Speed of a synthesis with {cdk}

`{command}` writes this page. It measures how long a synthesis takes for several environments with the system of the
article. The programs run in turn, so a machine that is slow for a while makes all of them slow. The times are medians.

- {date}, {rounds} measured runs of each program
- {machine}

| program | what it is |
|---|---|
| {ours} | `python main.py` with {cdk} |
| {node} | a JavaScript program that declares the same, without Python and jsii (`tools/bench/node/app.js`) |
| {aws_cdk} | the system of the article in AWS CDK, with its defaults (`tools/bench/aws_cdk/app.py`) |
| {stock} | `python main.py` without `tools/bindings/`, with the same bytes as result |

![Seconds by number of environments]({plot})

## Seconds

{seconds}

The seconds of {ours}, divided by those of each other program (medians of the pairs):

{ratios}

## CPU seconds

{cpu_seconds}

## Fixed and added seconds

A straight line through the medians has two values: the seconds without an environment, and the seconds that each
environment adds.

{fits}

## Memory

The peak of the resident memory in MiB: of the largest process / of all processes. Pages that processes share count for
each of them.

{memory}
"""


def markdown(found: Found, *, cdk: str, rounds: int, plot: str) -> str:
    """Return the page.

    Args:
        found: The measurements of at least two numbers of environments.
        cdk: The CDK that the project runs on.
        rounds: The number of measured runs of each program.
        plot: The name of the file with the plot.
    """
    cores, memory = os.cpu_count(), psutil.virtual_memory().total / 2**30
    others = (NODE, AWS_CDK, STOCK)
    return TEMPLATE.format(
        cdk=cdk,
        command="make bench" if cdk == "cdktf" else f"make bench CDK={cdk}",
        date=f"{datetime.now(tz=UTC):%Y-%m-%d}",
        rounds=rounds,
        machine=f"{cores} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}",
        ours=OURS.name,
        node=NODE.name,
        aws_cdk=AWS_CDK.name,
        stock=STOCK.name,
        plot=plot,
        seconds=_by_number(found, lambda each: f"{each.seconds:.2f}"),
        ratios=_table(
            ["environments", *(way.name for way in others)],
            (
                [str(number), *(f"{_ratio(by_name[OURS.name], by_name[way.name]):.2f}" for way in others)]
                for number, by_name in found.items()
            ),
        ),
        cpu_seconds=_by_number(found, lambda each: f"{each.cpu_seconds:.2f}"),
        fits=_table(
            ["program", "fixed", "each environment", "fixed, CPU", "each environment, CPU"],
            ([way.name, *_fits(found, way.name)] for way in WAYS),
        ),
        memory=_by_number(found, lambda each: f"{each.memory.largest / MIB:.0f} / {each.memory.tree / MIB:.0f}"),
    )


def plot(found: Found) -> str:
    """Return the plot of the seconds."""
    lines = {way.name: [(number, by_name[way.name].seconds) for number, by_name in found.items()] for way in WAYS}
    return svg(lines, {way.name: way.color for way in WAYS}, x="environments", y="seconds")


def _by_number(found: Found, shown: Callable[[Measured], str]) -> str:
    """Return a table with a row for each number of environments, and a column for each program."""
    names = [way.name for way in WAYS]
    rows = ([str(number), *(shown(by_name[name]) for name in names)] for number, by_name in found.items())
    return _table(["environments", *names], rows)


def _ratio(ours: Measured, other: Measured) -> float:
    return median(own.seconds / peer.seconds for own, peer in zip(ours.runs, other.runs, strict=True))


def _fits(found: Found, name: str) -> Iterable[str]:
    """Yield the fixed and the added seconds of a program, and then the same of its CPU time."""
    measured = [by_name[name] for by_name in found.values()]
    for values in ([each.seconds for each in measured], [each.cpu_seconds for each in measured]):
        fit = linear_regression(list(found), values)
        yield from (f"{fit.intercept:.2f}", f"{fit.slope:.3f}")


def _table(header: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows))
