"""Filter patterns of log events: terms, phrases and regular expressions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from collections.abc import Callable

Matches = Callable[[str], bool]
"""Returns whether a filter pattern matches a message."""

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)+)"|(\w+))')
_REGEX = re.compile(r"[A-Za-z0-9:_#=@/;,^$?\[\]{}|\\*+. -]+")


class FilterPatternError(Exception):
    """A filter pattern is malformed. The message is CloudWatch's."""


class UnknownPatternError(Exception):
    """The local AWS does not know this kind of filter pattern."""


def matcher(pattern: str) -> Matches:
    """Return a function that matches messages with a filter pattern. An empty pattern matches all messages.

    Raises:
        FilterPatternError: The pattern is malformed.
        UnknownPatternError: The pattern is for JSON or for columns.
    """
    text = pattern.strip()
    for start, end in ("{}", "[]"):
        if text.startswith(start):
            if not text.endswith(end):
                raise FilterPatternError(f"If a filter pattern starts with '{start}' it must end with '{end}'")
            raise UnknownPatternError("The local AWS knows filter patterns of terms, phrases and regular expressions")
    return _regex(text) if text.startswith("%") else _terms(text)


def _regex(text: str) -> Matches:
    inner = text[1:-1]
    if len(text) < 3 or not text.endswith("%") or not _REGEX.fullmatch(inner):
        raise FilterPatternError("Invalid filter pattern")
    try:
        compiled = re.compile(inner)
    except re.error:
        raise FilterPatternError("Invalid filter pattern") from None
    return lambda message: bool(compiled.search(message))


def _terms(text: str) -> Matches:
    """Return the matcher of a pattern of terms.

    A term with other characters than letters, digits and underscores must be in double quotes. A message must have all
    terms, and none of the terms after a hyphen. If all terms have a question mark, a message must have one of them. If
    there are other terms, CloudWatch ignores the terms with a question mark.
    """
    found: dict[str, list[str]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(text):
        term = _TERM.match(text, at)
        if not term or (term.end() < len(text) and not text[term.end()].isspace()):
            raise FilterPatternError(f"Invalid filter pattern: Invalid character(s) in term '{text[at:].split()[0]}'")
        found[term[1]].append(re.sub(r"\\(.)", r"\1", term[2]) if term[2] else term[3])
        at = len(text) - len(text[term.end() :].lstrip())
    every, none, some = found[""], found["-"], found["?"]
    if every or none or not some:
        return lambda message: all(each in message for each in every) and not any(each in message for each in none)
    return lambda message: any(each in message for each in some)
