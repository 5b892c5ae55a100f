"""Values held against the shapes of AWS's API models: types, required members, lengths, ranges, enums, patterns.

botocore's own validator checks required members, types and minimums only.

https://smithy.io/2.0/spec/constraint-traits.html
"""

import base64
import binascii
from collections.abc import Iterator, Sized
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal

import regex
from botocore.utils import parse_timestamp

from localaws.api_models.decode import Text

Kind = Literal["unknown", "type", "required", "union", "length", "range", "enum", "pattern"]

TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "short": (int,),
    "byte": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str, datetime),
    "blob": (str, bytes),
}
"""What Python reads a value of each type as, from JSON."""


@dataclass(frozen=True)
class Fault:
    """What a value does not meet, in the words of AWS's services; `member` is its path, `Tags.1.Key`."""

    kind: Kind
    member: str
    says: str


@dataclass
class Check:
    """A check of values against their shapes.

    Args:
        in_json: Whether structures have their members under the names of the JSON protocols, instead of the model's.
    """

    in_json: bool
    faults: list[Fault] = field(default_factory=list)
    constraints: set[str] = field(default_factory=set)
    """The constraints that were checked, whatever came of it: `Tags.Key max`."""

    def value(self, shape: Any, value: Any, member: str = "", general: str = "") -> None:
        """Check one value; `member` is its path, and `general` its path without the numbers of list items."""
        typed = _typed(shape.type_name, value)
        if typed is None:
            says = f"{_shown(shape, value)} at '{member}' can not be converted to the type {shape.type_name}"
            self.faults.append(Fault("type", member, says))
            return
        self._traits(shape, typed, member, general)
        match shape.type_name:
            case "structure" if not shape.is_document_type:
                self._structure(shape, typed, member, general)
            case "list":
                for number, item in enumerate(typed, 1):
                    self.value(shape.member, item, f"{member}.{number}", general)
            case "map":
                for key, item in typed.items():
                    self.value(shape.key, key, f"{member} (key)", f"{general} (key)")
                    self.value(shape.value, item, f"{member}.{key}", f"{general} (value)")

    def unknown(self, member: str) -> None:
        """Note a member that its structure does not have."""
        self.faults.append(Fault("unknown", member, f"'{member}' is unknown: the API model has no such member"))

    def _structure(self, shape: Any, value: dict[str, Any], member: str, general: str) -> None:
        sent = {name: item for name, item in value.items() if item is not None}
        names = {name: self._sent_name(name, each) for name, each in shape.members.items()}
        for name in shape.required_members:
            self.constraints.add(f"{_join(general, name)} required")
            if names[name] not in sent:
                self._fail("required", _join(member, name), "null", "Member must not be null")
        if shape.is_tagged_union and len(sent) != 1:
            self._fail("union", member, str(sorted(sent)), "Member must have exactly one member of the union set")
        for name, each in shape.members.items():
            if names[name] in sent:
                self.value(each, sent[names[name]], _join(member, name), _join(general, name))
        for name in sorted(sent.keys() - names.values()):
            self.unknown(_join(member, name))

    def _sent_name(self, name: str, shape: Any) -> str:
        sent_name: str = shape.serialization.get("name", name) if self.in_json else name
        return sent_name

    def _traits(self, shape: Any, value: Any, member: str, general: str) -> None:
        for trait, kind, met, rule in _rules(shape, value):
            self.constraints.add(f"{general} {trait}")
            if not met:
                self._fail(kind, member, _shown(shape, value), rule)

    def _fail(self, kind: Kind, member: str, shown: str, rule: str) -> None:
        self.faults.append(Fault(kind, member, f"Value {shown} at '{member}' failed to satisfy constraint: {rule}"))


def _rules(shape: Any, value: Any) -> Iterator[tuple[str, Kind, bool, str]]:
    """Yield the traits of a shape: name, kind, whether the value meets it, and AWS's words for what is asked."""
    traits = shape.metadata
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    kind: Kind = "range" if numeric else "length"
    measured, measure = (value, "value") if numeric else (len(value) if isinstance(value, Sized) else 0, "length")
    if "min" in traits:
        rule = f"Member must have {measure} greater than or equal to {traits['min']}"
        yield "min", kind, measured >= traits["min"], rule
    if "max" in traits:
        rule = f"Member must have {measure} less than or equal to {traits['max']}"
        yield "max", kind, measured <= traits["max"], rule
    if "enum" in traits:
        yield (
            "enum",
            "enum",
            value in traits["enum"],
            f"Member must satisfy enum value set: [{', '.join(traits['enum'])}]",
        )
    if "pattern" in traits:
        rule = f"Member must satisfy regular expression pattern: {traits['pattern']}"
        yield "pattern", "pattern", pattern(traits["pattern"]).fullmatch(value) is not None, rule


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(shape: Any, value: object) -> str:
    if shape.metadata.get("sensitive"):
        return "***"
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _typed(kind: str, value: Any) -> Any:
    """Return the value as its type, None if it is of another."""
    if isinstance(value, Text) and kind not in {"string", "character", "timestamp"}:
        return _from_text(kind, value)
    if kind == "blob" and isinstance(value, str):
        return _decoded(value)
    if kind == "timestamp" and isinstance(value, str):
        return _moment(value)
    if isinstance(value, bool) and kind != "boolean":
        return None
    return value if isinstance(value, TYPES[kind]) else None


def _from_text(kind: str, text: str) -> Any:
    match kind:
        case "boolean":
            return {"true": True, "false": False}.get(text.lower())
        case "integer" | "long" | "short" | "byte":
            return int(text) if regex.fullmatch(r"-?[0-9]+", text) else None
        case "float" | "double":
            return float(text) if regex.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?", text) else None
        case "blob":
            return _decoded(text)
        case _:  # an empty list of the query protocol is an empty text
            return None


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment: datetime = parse_timestamp(text)
    except ValueError:
        return None
    return moment


@cache
def pattern(java: str) -> regex.Pattern[str]:
    """Compile a pattern of Java's: its `\\w` has ASCII only, and a pair of surrogates is one character.

    https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html
    """
    whole = java.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    ascii_only = {"w": "[a-zA-Z_0-9]", "d": "[0-9]"}
    python = regex.sub(r"\\(.)", lambda escape: ascii_only.get(escape[1], escape[0]), whole)
    return regex.compile(python, regex.VERSION1)  # which nests sets, as Java does
