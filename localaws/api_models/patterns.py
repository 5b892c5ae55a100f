"""The patterns of AWS's API models, which are regular expressions in the syntax of Java."""

from functools import cache

import regex


@cache
def compiled(java: str) -> regex.Pattern[str]:
    r"""Compile a Java pattern. In Java, `\w` and `\d` match only ASCII, and a surrogate pair is one character.

    https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html
    """
    whole = java.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    ascii_only = {"w": "[a-zA-Z_0-9]", "d": "[0-9]"}
    python = regex.sub(r"\\(.)", lambda escape: ascii_only.get(escape[1], escape[0]), whole)
    return regex.compile(python, regex.VERSION1)  # VERSION1 allows nested sets, as Java does
