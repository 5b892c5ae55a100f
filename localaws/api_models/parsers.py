"""moto's request parsers, changed to return every scalar as the text that was sent.

moto's own parsers convert a scalar to the type of its member. After the conversion, a check cannot see that the text
did not fit the type.
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from botocore.model import ListShape, Shape, StructureShape
from moto.core.model import OperationModel
from moto.core.parse import EC2QueryParser, QueryParser, RequestParser, RestJSONParser, RestXMLParser


class Text(str):
    """A value that was sent as text, because the protocol of the request has no types."""

    __slots__ = ()


class TextParser(RequestParser):
    """A parser without conversions.

    Args:
        operation: The model of the operation.
        unknown: A list to which the parser adds the elements that the model does not have.
    """

    def __init__(self, operation: OperationModel, unknown: list[str]) -> None:
        super().__init__(operation)
        self.unknown = unknown

    def _parse_text(self, shape: Shape, node: object, *prefix: str) -> object:
        parse = getattr(super(), "_parse_string", super()._default_handle)
        value: object = parse(shape, node, *prefix)
        return Text(value) if isinstance(value, str) else value

    _parse_boolean = _parse_integer = _parse_long = _parse_short = _parse_float = _parse_double = _parse_text
    _parse_timestamp = _parse_blob = _parse_string = _parse_character = _parse_text


class _Query(TextParser, QueryParser):
    pass


class _Ec2(TextParser, EC2QueryParser):
    pass


class _RestJson(TextParser, RestJSONParser):
    pass


class _RestXml(TextParser, RestXMLParser):
    def _parse_structure(self, shape: StructureShape, node: Element) -> object:
        members = {self._member_key_name(member, name) for name, member in shape.members.items()}
        self.unknown += [f"{shape.name}.{tag}" for tag in self._build_name_to_xml_node(node) if tag not in members]
        return super()._parse_structure(shape, node)

    def _parse_list(self, shape: ListShape, node: Element) -> object:
        if not shape.serialization.get("flattened") and "location" not in shape.serialization:
            item = shape.member.serialization.get("name", "member")
            self.unknown += [f"{shape.name}.{self._node_tag(one)}" for one in node if self._node_tag(one) != item]
        return super()._parse_list(shape, node)


PARSERS: Mapping[str, type[TextParser]] = {
    "query": _Query,
    "ec2": _Ec2,
    "rest-json": _RestJson,
    "rest-xml": _RestXml,
}
"""The parser of each protocol except "json", which needs no parser: the values in a JSON body have types."""
