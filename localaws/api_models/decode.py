"""Decodes a request into its operation and its members."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError
from botocore.model import StructureShape
from moto.core.model import OperationModel
from moto.core.parse import RequestDict, RequestParserError
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from werkzeug import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import MethodNotAllowed, NotFound

from localaws.api_models.parsers import PARSERS
from localaws.errors import signing_name
from localaws.json_types import JsonObject

NAMES = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
}
"""The name in botocore of each service with another signing name, by the signing name."""

QUERY_PARAMETERS = {"Action", "Version"}
"""The parameters of every request of the query protocol."""

PRESIGNED_PARAMETERS = {"Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token"}
"""The parameters of a presigned URL, without the prefix `X-Amz-`."""


class DecodeError(Exception):
    """A request that AWS cannot read; `code` is AWS's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Call:
    """A call of an operation."""

    service: str
    operation: OperationModel
    protocol: str
    members: JsonObject
    """The members of the input: in JSON protocols under the names that are sent, otherwise under the model's names."""
    unknown: list[str] = field(default_factory=list)
    """The parameters and XML elements that the model does not have. Unknown JSON members are in `members`."""


def decode(request: Request) -> Call:
    """Decode a request with botocore's model of the service.

    moto's router finds the operation, and moto's parsers read everything except JSON bodies. Unlike in moto, text stays
    text, and unknown members are kept.

    Raises:
        DecodeError: The service or operation is unknown, or the body is malformed.
    """
    signed = signing_name(request)
    service = NAMES.get(signed, signed)
    sent = MotoRequest({**request.environ, "wsgi.input": BytesIO(request.get_data())})
    try:
        operation, labels = get_service_router(service).match(sent)
    except UnknownServiceError:
        message = f"{signed}: no API model has this signing name; add it to NAMES in localaws/api_models/decode.py"
        raise DecodeError("UnknownService", message) from None
    except (NotFound, MethodNotAllowed):
        message = f"{signed}: unknown operation: {request.method} {request.full_path.rstrip('?')}"
        raise DecodeError("UnknownOperationException", message) from None
    protocol = determine_request_protocol(operation.service_model, sent.content_type)
    call = Call(service, operation, protocol, {})
    wire: RequestDict = {
        "body": sent.get_data(),
        "headers": sent.headers,
        "method": sent.method,
        "url_params": labels,
        "url_path": sent.path,
        "values": sent.args,
    }
    if protocol == "json":
        call.members = _json(sent.get_data())
    elif protocol in {"query", "ec2"}:
        values = _ReadParameters(sent.values.items())
        call.members = _parsed(call, {**wire, "values": values})
        call.unknown += [name for name in values if name not in values.read | QUERY_PARAMETERS]
    elif isinstance(operation.input_shape, StructureShape):
        _decode_rest(call, operation.input_shape, wire)
    return call


def _decode_rest(call: Call, shape: StructureShape, wire: RequestDict) -> None:
    call.unknown += [name for name in wire["values"] if name not in _query_names(call, shape)]
    if call.protocol == "rest-xml":
        call.members = _parsed(call, wire)
    else:
        members = _parsed(call, {**wire, "body": b""})
        call.members = _sent_names(shape, members) | _rest_json_body(shape, wire["body"])


def _json(body: str | bytes) -> JsonObject:
    try:
        members = json.loads(body or b"{}")
    except ValueError as wrong:
        raise DecodeError("SerializationException", f"the body is not JSON: {wrong}") from None
    if not isinstance(members, dict):
        raise DecodeError("SerializationException", "the body is not a JSON object")
    return members


def _rest_json_body(shape: StructureShape, body: str | bytes) -> JsonObject:
    payload = shape.serialization.get("payload")
    if payload is None:
        return _json(body)
    member = shape.members[payload]
    content = body if member.type_name in {"blob", "string"} else _json(body)
    return {member.serialization.get("name", payload): content} if body else {}


def _sent_names(shape: StructureShape, members: JsonObject) -> JsonObject:
    return {shape.members[name].serialization.get("name", name): value for name, value in members.items()}


def _query_names(call: Call, shape: StructureShape) -> set[str]:
    """Return the names of all query parameters that a REST operation may have."""
    fixed = {name for name, _ in parse_qsl(call.operation.http["requestUri"].partition("?")[2], keep_blank_values=True)}
    modeled = {
        member.serialization.get("name", name)
        for name, member in shape.members.items()
        if member.serialization.get("location") == "querystring"
    }
    return fixed | modeled | {"x-id"} | {f"X-Amz-{name}" for name in PRESIGNED_PARAMETERS}


class _ReadParameters(MultiDict[str, str]):
    """Parameters that record which names a parser has read."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.read.add(key)
        return super().__getitem__(key)


def _parsed(call: Call, wire: RequestDict) -> JsonObject:
    try:
        members: JsonObject = PARSERS[call.protocol](call.operation, call.unknown).parse(wire)
    except RequestParserError as wrong:
        raise DecodeError("MalformedXML", str(wrong)) from None
    return {name: value for name, value in members.items() if value is not None}
