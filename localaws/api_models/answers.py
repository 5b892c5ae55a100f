"""Records the members of every answer, and checks the answer against AWS's API model of the operation.

The models mark few members as required. So a test also compares the members of the local AWS's answers with the members
of recorded answers of AWS.
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
CHECKED = {"required", "type", "enum", "unknown"}
"""The kinds of faults that are reported. AWS does not check the lengths, ranges and patterns in its own answers."""


class Answers:
    """The records of the answers so far, by operation, such as `ecs.DescribeServices`."""

    def __init__(self) -> None:
        self.members: dict[str, Counter[str]] = {}
        """How often the answers had each member, such as `services[].createdAt`. The name "" means the whole answer."""
        self.values: dict[str, dict[str, set[str | bool | float]]] = {}
        """The values of the members that are numbers, booleans or enums.

        Other values are not recorded, because they may be secrets.
        """
        self.faults: dict[str, set[str]] = {}
        """The faults, such as `enum: services[].launchType`, or `malformed: reason` if an answer cannot be parsed."""

    def record(self, call: Call, response: Response) -> None:
        """Record the answer of a call, unless it is an error."""
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
        faults = {f"{fault.kind}: {ITEM.sub('[]', fault.member)}" for fault in check.faults if fault.kind in CHECKED}
        if faults:
            self.faults.setdefault(name, set()).update(faults)
        self._record(name, shape, members, "")

    def view(self) -> JsonObject:
        """Return the records as the JSON object that `localaws.server.LocalAws.answers` describes."""
        values = {
            name: {member: sorted(seen, key=str) for member, seen in members.items()}
            for name, members in self.values.items()
        }
        return {
            "members": self.members,
            "values": values,
            "faults": {name: sorted(faults) for name, faults in self.faults.items()},
        }

    def _record(self, name: str, shape: Shape, value: object, path: str) -> None:
        self.members.setdefault(name, Counter())[path] += 1
        if isinstance(shape, StructureShape) and isinstance(value, dict):
            for member, each in shape.members.items():
                if value.get(member) is not None:
                    self._record(name, each, value[member], f"{path}.{member}" if path else member)
        elif isinstance(shape, ListShape) and isinstance(value, list):
            for item in value:
                self._record(name, shape.member, item, f"{path}[]")
        elif _has_safe_values(shape) and isinstance(value, bool | int | float | str):
            self.values.setdefault(name, {}).setdefault(path, set()).add(value)


def _has_safe_values(shape: Shape) -> bool:
    if isinstance(shape, StringShape):
        return bool(shape.enum)
    return shape.type_name in {"boolean", "integer", "long", "float", "double"}


def _members(call: Call, shape: Shape, response: Response) -> JsonObject:
    """Return the members of an answer. botocore's parser reads the answer, as in botocore's clients."""
    answer = {
        "body": b"" if call.operation.has_streaming_output else response.get_data(),
        "headers": HeadersDict(response.headers.items()),
        "status_code": response.status_code,
    }
    members: JsonObject = create_parser(call.protocol).parse(answer, shape)
    members.pop("ResponseMetadata")
    return members
