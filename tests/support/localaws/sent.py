"""Requests as clients send them, in each protocol, for tests of the parsers without a server."""

import json
from typing import Any

from werkzeug import Request


def in_json(service: str, target: str, members: Any) -> Request:
    """Return a request of the JSON protocol; `target` is "<prefix>.<operation>"."""
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    return _sent(service, headers=headers, data=json.dumps(members))


def query(service: str, operation: str, **parameters: str) -> Request:
    """Return a request of the query protocol, or of EC2's."""
    return _sent(service, data={"Action": operation, "Version": "2000-01-01"} | parameters)


def rest(service: str, method: str, url: str, body: str = "", content_type: str | None = None) -> Request:
    """Return a request of a REST protocol, its members in URL and body."""
    return _sent(service, url, method=method, data=body, content_type=content_type)


def _sent(service: str, url: str = "/", *, method: str = "POST", headers: Any = None, **content: Any) -> Request:
    scope = f"local/20260101/eu-west-1/{service}/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    return Request.from_values(url, method=method, headers=signed | (headers or {}), **content)
