"""Options that several commands have."""

import argparse

MOST = 100


def add_limit(parser: argparse.ArgumentParser, *, default: int, what: str) -> None:
    """Add the option `--limit`, the number of rows."""
    parser.add_argument(
        "--limit", metavar="NUMBER", type=_number, default=default, help=f"the number of {what}, by default {default}"
    )


def add_watch(parser: argparse.ArgumentParser) -> None:
    """Add the option `--watch`."""
    parser.add_argument("--watch", action="store_true", help="look again every five seconds, until Ctrl-C")


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {MOST}, got {text[:40]!a}")
    return int(text)
