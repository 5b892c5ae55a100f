"""Checks of values against AWS's API models: types, required members, lengths, ranges, enums and patterns.

botocore's own validator checks only required members, types and minimums.

https://smithy.io/2.0/spec/constraint-traits.html
"""

from collections.abc import Iterator, Sized
from dataclasses import dataclass, field
from typing import Literal

from botocore.model import ListShape, MapShape, Shape, StructureShape

from localaws.api_models import patterns
from localaws.api_models.conversion import converted
from localaws.json_types import JsonObject

Kind = Literal["unknown", "type", "required", "union", "length", "range", "enum", "pattern"]


@dataclass(frozen=True)
class Fault:
    """A violation of an API model."""

    kind: Kind
    member: str
    """The path of the member, such as `Tags.1.Key`."""
    message: str
    """The violation, in the words of AWS's services."""


@dataclass
class Check:
    """A check of values against their shapes.

    Args:
        in_json: Whether members have the names that are sent in JSON. Otherwise, members have the names in the model.
    """

    in_json: bool
    faults: list[Fault] = field(default_factory=list)
    constraints: set[str] = field(default_factory=set)
    """The constraints that were checked, such as `Tags.Key max`. They include the violated constraints."""

    def value(self, shape: Shape, value: object, member: str = "", constrained: str = "") -> None:
        """Check one value.

        Args:
            shape: The shape of the value.
            value: The value, as it was sent.
            member: The path of the value, such as `Tags.1.Key`.
            constrained: The same path without the numbers of list items, such as `Tags.Key`.
        """
        typed = converted(shape.type_name, value)
        if typed is None:
            message = f"{_shown(shape, value)} at '{member}' can not be converted to the type {shape.type_name}"
            self.faults.append(Fault("type", member, message))
            return
        self._traits(shape, typed, member, constrained)
        if isinstance(shape, StructureShape) and isinstance(typed, dict) and not shape.is_document_type:
            self._structure(shape, typed, member, constrained)
        elif isinstance(shape, ListShape) and isinstance(typed, list):
            for number, item in enumerate(typed, 1):
                self.value(shape.member, item, f"{member}.{number}", constrained)
        elif isinstance(shape, MapShape) and isinstance(typed, dict):
            for key, item in typed.items():
                self.value(shape.key, key, f"{member} (key)", f"{constrained} (key)")
                self.value(shape.value, item, f"{member}.{key}", f"{constrained} (value)")

    def unknown(self, member: str) -> None:
        """Add a fault for a member that the structure in the model does not have."""
        self.faults.append(Fault("unknown", member, f"'{member}' is unknown: the API model has no such member"))

    def _structure(self, shape: StructureShape, value: JsonObject, member: str, constrained: str) -> None:
        sent = {name: item for name, item in value.items() if item is not None}
        names = {name: self._sent_name(name, each) for name, each in shape.members.items()}
        for name in shape.required_members:
            self.constraints.add(f"{_join(constrained, name)} required")
            if names[name] not in sent:
                self._fail("required", _join(member, name), "null", "Member must not be null")
        if shape.is_tagged_union and len(sent) != 1:
            self._fail("union", member, str(sorted(sent)), "Member must have exactly one member of the union set")
        for name, each in shape.members.items():
            if names[name] in sent:
                self.value(each, sent[names[name]], _join(member, name), _join(constrained, name))
        for name in sorted(sent.keys() - names.values()):
            self.unknown(_join(member, name))

    def _sent_name(self, name: str, shape: Shape) -> str:
        sent_name: str = shape.serialization.get("name", name) if self.in_json else name
        return sent_name

    def _traits(self, shape: Shape, value: object, member: str, constrained: str) -> None:
        for trait, kind, met, rule in _rules(shape, value):
            self.constraints.add(f"{constrained} {trait}")
            if not met:
                self._fail(kind, member, _shown(shape, value), rule)

    def _fail(self, kind: Kind, member: str, shown: str, rule: str) -> None:
        self.faults.append(Fault(kind, member, f"Value {shown} at '{member}' failed to satisfy constraint: {rule}"))


def _rules(shape: Shape, value: object) -> Iterator[tuple[str, Kind, bool, str]]:
    """Check a value against each trait of a shape.

    Yield the name of the trait, the kind of fault, whether the value meets the trait, and the rule in AWS's words.
    """
    traits = shape.metadata
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    kind: Kind = "range" if numeric else "length"
    size, measure = (value, "value") if numeric else (len(value) if isinstance(value, Sized) else 0, "length")
    if "min" in traits:
        rule = f"Member must have {measure} greater than or equal to {traits['min']}"
        yield "min", kind, size >= traits["min"], rule
    if "max" in traits:
        rule = f"Member must have {measure} less than or equal to {traits['max']}"
        yield "max", kind, size <= traits["max"], rule
    if "enum" in traits:
        rule = f"Member must satisfy enum value set: [{', '.join(traits['enum'])}]"
        yield "enum", "enum", value in traits["enum"], rule
    if "pattern" in traits:
        rule = f"Member must satisfy regular expression pattern: {traits['pattern']}"
        yield "pattern", "pattern", patterns.compiled(traits["pattern"]).fullmatch(str(value)) is not None, rule


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(shape: Shape, value: object) -> str:
    if shape.metadata.get("sensitive"):
        return "***"
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
