"""Texts of others, such as lines of a log or messages of AWS, made safe for a terminal."""

import re
import unicodedata

COLORS = re.compile(r"\x1b\[[0-9;:]*m")
"""The escape sequences that set the color of a text.

https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Functions-using-CSI-_-ordered-by-the-final-character_s_
"""
HIDDEN = {"Cc", "Cs", "Zl", "Zp"}
"""The categories of characters that control a terminal or end a line: https://www.unicode.org/reports/tr44/#GC_Values."""
DIRECTIONS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""The characters that change the order of other characters: https://www.unicode.org/reports/tr9/."""


def printable(line: str) -> str:
    """Return a line without its colors. Escape each other control character, as Python does."""
    return "".join(each if _is_harmless(each) else _escaped(each) for each in COLORS.sub("", line.rstrip("\r")))


def _is_harmless(character: str) -> bool:
    return character == "\t" or (unicodedata.category(character) not in HIDDEN and character not in DIRECTIONS)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
