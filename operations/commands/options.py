"""Options that several commands have, and types of options."""

import argparse
from collections.abc import Callable

MOST = 100


def add_limit(parser: argparse.ArgumentParser, *, default: int, what: str) -> None:
    """Add the option `--limit`, the number of rows."""
    parser.add_argument(
        "--limit",
        metavar="NUMBER",
        type=number(1, MOST),
        default=default,
        help=f"the number of {what}, by default {default}",
    )


def add_watch(parser: argparse.ArgumentParser) -> None:
    """Add the option `--watch`."""
    parser.add_argument("--watch", action="store_true", help="look again every five seconds, until Ctrl-C")


def number(least: int, most: int) -> Callable[[str], int]:
    """Return the type of an option that is a number from `least` to `most`."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"must be a number from {least} to {most}, got {text[:40]!a}")
        return int(text)

    return read
