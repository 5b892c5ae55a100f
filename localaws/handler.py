"""The HTTP connection of the server with a client."""

from wsgiref.types import WSGIEnvironment

from moto.moto_server.werkzeug_app import MotoRequestHandler


class RequestHandler(MotoRequestHandler):
    """moto's request handler, changed to send the headers and the body of an answer together.

    werkzeug sends the headers first. The Go SDK of provider 5.100 then closes the body of its request. Sometimes the
    SDK finds that the connection is closed, and repeats a request that has succeeded.
    """

    wbufsize = 1 << 20

    def make_environ(self) -> WSGIEnvironment:
        """Send a pending "100 Continue" first, because a client may send the body only after this line."""
        self.wfile.flush()
        return super().make_environ()
