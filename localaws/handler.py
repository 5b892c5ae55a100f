"""The HTTP connection of the server with a client."""

from wsgiref.types import WSGIEnvironment

from moto.moto_server.werkzeug_app import MotoRequestHandler


class RequestHandler(MotoRequestHandler):
    """moto's request handler, changed to send the headers and the body of an answer together.

    werkzeug sends the headers before the body. When the Go SDK of provider 5.100 receives the headers, it closes the
    body of its request. Sometimes the SDK then finds that the connection is closed. The SDK repeats the request,
    although the request has succeeded.
    """

    wbufsize = 1 << 20

    def make_environ(self) -> WSGIEnvironment:
        """Send a buffered "100 Continue" before the body is read: some clients wait for this line to send the body."""
        self.wfile.flush()
        return super().make_environ()
