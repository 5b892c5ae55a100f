"""Every answer held against AWS's API model of its operation, with the members that it gave.

A model says of few members that AWS always gives them. Recorded answers of AWS say it, and a test compares them with
what is noted here.
"""

import re
from collections import Counter

from botocore.awsrequest import HeadersDict
from botocore.model import ListShape, Shape, StringShape, StructureShape
from botocore.parsers import ResponseParserError, create_parser
from werkzeug import Response

from localaws.api_models.constraints import Check
from localaws.api_models.decode import Call
from localaws.json_types import JsonObject

ITEM = re.compile(r"\.\d+")
HELD_TO = {"required", "type", "enum", "unknown"}
"""The kinds of faults that count in an answer: AWS's own answers are not held to lengths, ranges and patterns."""


class Answers:
    """What was answered so far, by operation: `ecs.DescribeServices`."""

    def __init__(self) -> None:
        self.members: dict[str, Counter[str]] = {}
        """How often each member was given, `services[].createdAt`; the member "" is the answer itself."""
        self.values: dict[str, dict[str, set[str | bool | float]]] = {}
        """The numbers, booleans and words of enums that a member had; no other text, which could be a secret."""
        self.faults: dict[str, set[str]] = {}
        """What does not fit the model, `enum: services[].launchType`; what cannot be read, `malformed: why`."""

    def note(self, call: Call, response: Response) -> None:
        """Note the answer to a call; an error is none."""
        shape = call.operation.output_shape
        if response.status_code >= 300 or shape is None:
            return
        name = f"{call.service}.{call.operation.name}"
        check = Check(in_json=call.protocol == "json")
        try:
            members = _members(call, shape, response)
            check.value(shape, response.get_json(force=True) if check.in_json else members)
        except (ResponseParserError, ValueError) as wrong:
            self.faults.setdefault(name, set()).add(f"malformed: {wrong}")
            return
        faults = {f"{fault.kind}: {ITEM.sub('[]', fault.member)}" for fault in check.faults if fault.kind in HELD_TO}
        if faults:
            self.faults.setdefault(name, set()).update(faults)
        self._note(name, shape, members, "")

    def view(self) -> JsonObject:
        values = {
            name: {member: sorted(seen, key=str) for member, seen in members.items()}
            for name, members in self.values.items()
        }
        return {
            "members": self.members,
            "values": values,
            "faults": {name: sorted(said) for name, said in self.faults.items()},
        }

    def _note(self, name: str, shape: Shape, value: object, path: str) -> None:
        self.members.setdefault(name, Counter())[path] += 1
        if isinstance(shape, StructureShape) and isinstance(value, dict):
            for member, each in shape.members.items():
                if value.get(member) is not None:
                    self._note(name, each, value[member], f"{path}.{member}" if path else member)
        elif isinstance(shape, ListShape) and isinstance(value, list):
            for item in value:
                self._note(name, shape.member, item, f"{path}[]")
        elif isinstance(value, bool | int | float) or (isinstance(value, str) and _has_enum(shape)):
            self.values.setdefault(name, {}).setdefault(path, set()).add(value)


def _has_enum(shape: Shape) -> bool:
    return isinstance(shape, StringShape) and bool(shape.enum)


def _members(call: Call, shape: Shape, response: Response) -> JsonObject:
    """Read an answer as botocore's clients do."""
    answer = {
        "body": b"" if call.operation.has_streaming_output else response.get_data(),
        "headers": HeadersDict(response.headers.items()),
        "status_code": response.status_code,
    }
    members: JsonObject = create_parser(call.protocol).parse(answer, shape)
    members.pop("ResponseMetadata")
    return members
