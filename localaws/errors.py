"""Error answers in the protocol of the request."""

import json
from xml.sax.saxutils import escape

from werkzeug import Request, Response


def error(request: Request, *, status: int, code: str, message: str) -> Response:
    """Return an error in the format that the SDK expects from the service of the request.

    A request with a header `x-amz-target` or a JSON body gets an error in JSON. EC2 and S3 have their own XML formats.
    All other services use the XML of the query protocol.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-response
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    headers = {"x-amzn-errortype": code}
    if "x-amz-target" in request.headers or request.is_json:
        body = json.dumps({"__type": code, "message": message})
        return Response(body, status, headers, content_type="application/x-amz-json-1.1")
    described = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    match signing_name(request):
        case "s3":
            body = described
        case "ec2":
            body = f"<Response><Errors>{described}</Errors><RequestID>local</RequestID></Response>"
        case _:
            body = f"<ErrorResponse>{described}<RequestId>local</RequestId></ErrorResponse>"
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', status, headers, content_type="text/xml")


def signing_name(request: Request) -> str:
    """Return the name of the service in the request's credential scope, "" if the request is not signed."""
    credential = request.args.get("X-Amz-Credential") or request.headers.get("Authorization", "").partition(",")[0]
    scope = credential.rpartition("=")[2].split("/")
    return scope[3] if len(scope) == 5 else ""  # key id, date, region, service, "aws4_request"


def operation(request: Request) -> str:
    """Return the name of the operation, or the method and path of a REST request."""
    target = request.headers.get("x-amz-target", "").rpartition(".")[2]
    return target or request.values.get("Action") or f"{request.method} {request.path}"
