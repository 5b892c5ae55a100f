"""What a request asks for: its operation and its members, as they were sent."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from werkzeug import Request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from localaws.errors import signing_name

NAMES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch", "states": "stepfunctions"}
"""botocore's name of each service that signs under another name."""

SCALARS = ("boolean", "integer", "long", "short", "float", "double", "timestamp", "blob", "string", "character")
OF_EVERY_QUERY = {"Action", "Version"}
OF_PRESIGNED_URLS = {"Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token"}


class DecodeError(Exception):
    """A request that AWS cannot read: `code` is AWS's code for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Text(str):
    """A value that was sent as text, because its protocol has no types."""

    __slots__ = ()


@dataclass
class Call:
    """A call of an operation, with the members of its input under the names that they are sent with."""

    service: str
    operation: OperationModel
    protocol: str
    members: dict[str, Any]
    unknown: list[str] = field(default_factory=list)
    """The names of parameters and elements that the input does not have. Where the body is JSON, `members` has them."""


def decode(request: Request) -> Call:
    """Read a request by botocore's model of its service.

    moto's router finds the operation, and moto's parsers read what is not JSON. They would turn text into the type of
    its member, and drop what the model does not have. Here text stays text, and what is unknown is kept.

    Raises:
        DecodeError: The service or operation is unknown, or the body is malformed.
    """
    signed = signing_name(request)
    service = NAMES.get(signed, signed)
    sent = MotoRequest({**request.environ, "wsgi.input": BytesIO(request.get_data())})
    try:
        operation, labels = get_service_router(service).match(sent)
    except UnknownServiceError:
        message = f"{signed}: no API model has this name; localaws/api_models/decode.py maps signing names"
        raise DecodeError("UnknownService", message) from None
    except (NotFound, MethodNotAllowed):
        message = f"{signed}: unknown operation: {request.method} {request.full_path.rstrip('?')}"
        raise DecodeError("UnknownOperationException", message) from None
    protocol = determine_request_protocol(operation.service_model, sent.content_type)
    call = Call(service, operation, protocol, {})
    shape = operation.input_shape
    body = sent.get_data()
    if protocol == "json":
        call.members = _json(body)
    elif protocol in {"query", "ec2"}:
        values = _Read(sent.values.items())
        call.members = _parsed(call, {"values": values})
        call.unknown += [name for name in values if name not in values.read | OF_EVERY_QUERY]
    elif shape:
        wire = {"values": sent.args, "headers": sent.headers, "url_params": labels, "body": body}
        call.unknown += [name for name in sent.args if name not in _query_names(call)]
        if protocol == "rest-xml":
            call.members = _parsed(call, wire)
        else:
            call.members = _sent_names(shape, _parsed(call, wire | {"body": b""})) | _rest_json_body(shape, body)
    return call


def _json(body: bytes) -> dict[str, Any]:
    try:
        members = json.loads(body or b"{}")
    except ValueError as wrong:
        raise DecodeError("SerializationException", f"the body is not JSON: {wrong}") from None
    if not isinstance(members, dict):
        raise DecodeError("SerializationException", "the body is not a JSON object")
    return members


def _rest_json_body(shape: Any, body: bytes) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    if payload is None:
        return _json(body)
    member = shape.members[payload]
    content = body if member.type_name in {"blob", "string"} else _json(body)
    return {member.serialization.get("name", payload): content} if body else {}


def _sent_names(shape: Any, members: dict[str, Any]) -> dict[str, Any]:
    return {shape.members[name].serialization.get("name", name): value for name, value in members.items()}


def _query_names(call: Call) -> set[str]:
    """The names of all query parameters that a REST operation has; those of presigned URLs are AWS's own."""
    fixed = {name for name, _ in parse_qsl(call.operation.http["requestUri"].partition("?")[2], keep_blank_values=True)}
    modeled = {
        member.serialization.get("name", name)
        for name, member in call.operation.input_shape.members.items()
        if member.serialization.get("location") == "querystring"
    }
    return fixed | modeled | {"x-id"} | {f"X-Amz-{name}" for name in OF_PRESIGNED_URLS}


class _Read(dict[str, str]):
    """Parameters that remember which of them were read."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)


def _parsed(call: Call, wire: dict[str, Any]) -> dict[str, Any]:
    try:
        members: dict[str, Any] = _PARSERS[call.protocol](call).parse(wire)
    except RequestParserError as wrong:
        raise DecodeError("MalformedXML", str(wrong)) from None
    return {name: value for name, value in members.items() if value is not None}


def _as_sent(parser: Any) -> Any:
    """Return one of moto's parsers, made to leave each scalar the text that it was."""
    plain = getattr(parser, "_parse_string", parser._default_handle)

    def scalar(self: Any, shape: Any, node: Any, *prefix: str) -> Any:
        value = plain(self, shape, node, *prefix)
        return Text(value) if isinstance(value, str) else value

    class AsSent(parser):  # type: ignore[misc] # mypy knows no base class that is a value
        def __init__(self, call: Call) -> None:
            super().__init__(call.operation)
            self.unknown = call.unknown

    for kind in SCALARS:
        setattr(AsSent, f"_parse_{kind}", scalar)
    return AsSent


class _RestXml(_as_sent(PROTOCOL_PARSERS["rest-xml"])):  # type: ignore[misc] # as for AsSent: a base that is a value
    """moto's parser, which also notes the elements that a structure or a list does not have."""

    def _parse_structure(self, shape: Any, node: Any) -> Any:
        members = {self._member_key_name(member, name) for name, member in shape.members.items()}
        self.unknown += [f"{shape.name}.{tag}" for tag in self._build_name_to_xml_node(node) if tag not in members]
        return super()._parse_structure(shape, node)

    def _parse_list(self, shape: Any, node: Any) -> Any:
        if not shape.is_flattened and "location" not in shape.serialization:
            item = shape.member.serialization.get("name", "member")
            self.unknown += [f"{shape.name}.{self._node_tag(one)}" for one in node if self._node_tag(one) != item]
        return super()._parse_list(shape, node)


_PARSERS = {
    "query": _as_sent(PROTOCOL_PARSERS["query"]),
    "ec2": _as_sent(PROTOCOL_PARSERS["ec2"]),
    "rest-json": _as_sent(PROTOCOL_PARSERS["rest-json"]),
    "rest-xml": _RestXml,
}
