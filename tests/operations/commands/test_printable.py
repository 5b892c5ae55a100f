"""Tests of texts of others that a terminal shows."""

import pytest

from operations.commands.printable import printable


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("\x1b[31mERROR\x1b[0m tab\there", "ERROR tab\there"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x1b[2J\x1b[1;1H", r"\x1b[2J\x1b[1;1H"),
        ("\x1b\x1b[0m[31mred", r"\x1b[31mred"),
        ("\x9b31mred\x7f", r"\x9b31mred\x7f"),
        ("10 %\r20 %\r", r"10 %\r20 %"),
        ("a\u202eb\u2028c\ud800", r"a\u202eb\u2028c\ud800"),
        ("ключ 鍵 🔑 \\x1b", "ключ 鍵 🔑 \\x1b"),
    ],
)
def test_only_harmless_characters_are_printed(text: str, printed: str) -> None:
    assert printable(text) == printed
