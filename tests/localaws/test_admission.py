"""Only requests with a key of this run are answered: not those of web pages, other users, or moto's unsigned routes."""

import http.client
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from moto.moto_api._internal import urls as moto_urls
from moto.moto_server.werkzeug_app import UNSIGNED_ACTIONS, UNSIGNED_REQUESTS

from localaws import clients
from localaws.control import CLOCK_PATH, DECISIONS_PATH, DELIVERIES_PATH, FAILING_PATH
from localaws.server import LocalAws

REGION = "eu-west-1"
BROWSER_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000", "--dump-dom")
CHROMIUM = shutil.which("chromium")
LIST_CLUSTERS = {
    "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters",
    "Content-Type": "application/x-amz-json-1.1",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Sent(NamedTuple):
    """A request without a key."""

    method: str = "POST"
    path: str = "/"
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    body: str = "{}"


# The requests that moto routes without a signature, by path, action or target: moto_server/werkzeug_app.py.
UNSIGNED = {
    **{f"action {name}": Sent(headers=FORM, body=f"Action={name}") for name in UNSIGNED_ACTIONS},
    **{f"target {name}": Sent(headers={"X-Amz-Target": f"{name}.List"}) for name in UNSIGNED_REQUESTS},
    **{path.format(""): Sent(path=path.format("").removesuffix("$")) for path in moto_urls.url_paths},
    "deliveries": Sent("GET", DELIVERIES_PATH),
    "decisions": Sent("GET", DECISIONS_PATH),
    "clock": Sent("POST", CLOCK_PATH),
    "failing containers": Sent("POST", FAILING_PATH),
    "instance metadata": Sent("GET", "/latest/meta-data/iam/security-credentials/"),
    "instance metadata token": Sent("PUT", "/latest/api/token"),
    "Cognito's keys": Sent("GET", "/eu-west-1_1/.well-known/jwks.json"),
    "Cognito's configuration": Sent("GET", "/eu-west-1_1/.well-known/openid-configuration"),
    "service and region in the path": Sent("GET", "/sqs_eu-west-1/queue"),
    "version in the body": Sent(headers=FORM, body="Action=ListDomains&Version=2009-04-15"),
    "icon": Sent("GET", "/favicon.ico"),
    "S3, the default of moto": Sent("GET", "/bucket"),
    "S3's own preflight": Sent("OPTIONS", "/bucket/key"),
    "an operation of a JSON service": Sent(headers=LIST_CLUSTERS),
    "Signature Version 2": Sent("GET", "/bucket/key?AWSAccessKeyId=local&Signature=x&Expires=9999999999"),
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("aws") / "log", region=REGION) as server:
        yield server


@pytest.mark.parametrize("sent", UNSIGNED.values(), ids=UNSIGNED)
def test_an_unsigned_request_is_refused(sent: Sent, aws: LocalAws) -> None:
    status, headers, body = send(aws, *sent)

    assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationToken"), body


@pytest.mark.parametrize("path", [path.format("").removesuffix("$") for path in moto_urls.url_paths])
def test_the_control_requests_of_moto_are_closed(path: str, aws: LocalAws) -> None:
    status, *_ = send(aws, "POST", path, signed(aws, path=path))

    assert status == 404


def test_a_key_of_another_run_is_refused(aws: LocalAws) -> None:
    others = ReadOnlyCredentials(aws.key.access_key, "0" * 40, aws.key.token)
    other_token = ReadOnlyCredentials(aws.key.access_key, aws.key.secret_key, "0" * 40)
    unknown = ReadOnlyCredentials("AKIAIOSFODNN7EXAMPLE", aws.key.secret_key, aws.key.token)

    assert [error_of(aws, key) for key in (others, other_token, unknown)] == [
        "SignatureDoesNotMatch",
        "InvalidClientTokenId",
        "InvalidClientTokenId",
    ]


@pytest.mark.parametrize("host", ["localhost", "attacker.example", "127.0.0.2", ""])
def test_another_host_name_is_refused(host: str, aws: LocalAws) -> None:
    """If a name resolves to 127.0.0.1, a page of its owner has the same origin as the server."""
    port = urlsplit(aws.endpoint).port
    headers = signed(aws, host=f"{host}:{port}")

    status, answered, _ = send(aws, "POST", "/", headers | {"Host": f"{host}:{port}"}, "{}")

    assert (status, answered["x-amzn-errortype"]) == (403, "AccessDenied")


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://127.0.0.1"])
def test_a_signed_request_of_a_web_page_is_refused(origin: str, aws: LocalAws) -> None:
    signed_, page = send(aws, "POST", "/", signed(aws), "{}"), signed(aws) | {"Origin": origin}

    status, headers, _ = send(aws, "POST", "/", page, "{}")

    assert signed_[0] == 200
    assert (status, headers["x-amzn-errortype"]) == (403, "AccessDenied")
    assert [name for name in headers if name.startswith("access-control-")] == []


def test_only_a_session_of_this_sts_is_admitted(aws: LocalAws) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    arn = aws.client("iam").create_role(
        RoleName="any", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    issued = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    key = ReadOnlyCredentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])
    sts = clients.client(clients.session(key), "sts", region=REGION, endpoint=aws.endpoint)

    assert sts.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/any/test"
    assert error_of(aws, key._replace(token="0" * 40)) == "InvalidClientTokenId"


PAGE = """<!doctype html><title>tries</title><pre id="seen"></pre><script>
const tries = {
    "its own site": ["/own", {method: "POST", body: "{}"}],
    "a form, unseen": [AWS, {method: "POST", mode: "no-cors", body: new URLSearchParams("Action=ListUsers")}],
    "text": [AWS, {method: "POST", body: "{}"}],
    "JSON with a target": [AWS, {method: "POST", headers: TARGET, body: "{}"}],
    "a bucket": [AWS + "/bucket", {method: "PUT"}],
    "moto's reset": [AWS + "/moto-api/reset", {method: "POST", mode: "no-cors"}],
};
(async () => {
    for (const [name, [url, options]] of Object.entries(tries)) {
        const seen = await fetch(url, options).then(answer => answer.type, () => "refused");
        document.getElementById("seen").textContent += `${name}: ${seen}\\n`;
    }
    await fetch("/done", {method: "POST"});
})();
</script>"""


@pytest.mark.skipif(not CHROMIUM, reason="needs Debian's chromium: apt install chromium")
def test_a_page_in_a_browser_has_no_access(aws: LocalAws, tmp_path: Path) -> None:
    """The browser lets a page send some requests without reading the answer. The server refuses them."""
    aws.client("ecs").create_cluster(clusterName="kept")
    page = PAGE.replace("AWS", repr(aws.endpoint)).replace("TARGET", repr(LIST_CLUSTERS))

    with site(page) as url:
        shown = subprocess.run(
            [str(CHROMIUM), *BROWSER_OPTIONS, f"--user-data-dir={tmp_path}", url],
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout

    assert shown.partition('<pre id="seen">')[2].partition("</pre>")[0].splitlines() == [
        "its own site: basic",
        "a form, unseen: opaque",
        "text: refused",
        "JSON with a target: refused",
        "a bucket: refused",
        "moto's reset: opaque",
    ]
    assert aws.client("ecs").list_clusters()["clusterArns"] == ["arn:aws:ecs:eu-west-1:123456789012:cluster/kept"]
    assert aws.client("s3").list_buckets()["Buckets"] == []


class site:  # noqa: N801 - a context manager
    """A web site with one page. Its port is another, so its origin is too."""

    def __init__(self, page: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(page.encode())

            do_POST = do_GET  # noqa: N815 - the name is http.server's

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def send(
    aws: LocalAws, method: str, path: str, headers: dict[str, str], body: str = "{}"
) -> tuple[int, dict[str, str], bytes]:
    """Send a request unchanged, and return status, headers by lower-case name, and body of the answer."""
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=20)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def signed(aws: LocalAws, *, path: str = "/", host: str = "") -> dict[str, str]:
    """Return the headers of a signed request to list clusters, or to another path."""
    netloc = host or urlsplit(aws.endpoint).netloc
    request = AWSRequest("POST", f"http://{netloc}{path}", LIST_CLUSTERS, "{}")
    SigV4Auth(aws.key, "ecs", REGION).add_auth(request)
    return dict(request.headers.items())


def error_of(aws: LocalAws, key: ReadOnlyCredentials) -> Any:
    client = clients.client(clients.session(key), "ecs", region=REGION, endpoint=aws.endpoint)
    with pytest.raises(ClientError) as refused:
        client.list_clusters()
    return refused.value.response["Error"]["Code"]
