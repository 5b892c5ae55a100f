"""Tests of tables and notes: what others wrote is shown as it is."""

from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from operations.commands.table import COLUMNS, UNUSUAL, notes, table, text

FOREIGN = "arn:aws:secretsmanager:eu-central-1:1:secret:a [error] [/] \x1b[2J"
SHOWN = r"arn:aws:secretsmanager:eu-central-1:1:secret:a [error] [/] \x1b[2J"


@pytest.mark.parametrize("made", [table(["details"], [[FOREIGN]]), notes([("reason", FOREIGN)])])
def test_a_text_has_no_markup_no_emoji_and_no_control_character(made: Table) -> None:
    assert SHOWN in " ".join(text(made).split())


def test_lines_have_at_most_80_columns_and_no_color_in_a_file() -> None:
    shown = text(table(["details"], [["word " * 40]]), notes([(UNUSUAL, "x" * 200)]), console=Console(width=200))

    assert max(map(len, shown.splitlines())) <= COLUMNS
    assert "\x1b" not in shown


def test_unusual_is_yellow_at_a_terminal() -> None:
    terminal = Console(file=StringIO(), force_terminal=True, color_system="standard", width=80)

    assert text(notes([(UNUSUAL, "it")]), console=terminal).startswith("\x1b[33munusual\x1b[0m")


def test_a_narrow_terminal_gets_all_columns() -> None:
    shown = text(table(["part", "details"], [["service", "1 of 1 tasks run"]]), console=Console(width=5))

    assert shown.split() == ["part", "details", "service", "1", "of", "1", "tasks", "run"]
