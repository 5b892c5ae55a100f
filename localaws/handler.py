"""The connection of the server with one client."""

from wsgiref.types import WSGIEnvironment

from moto.moto_server.werkzeug_app import MotoRequestHandler


class RequestHandler(MotoRequestHandler):
    """moto's handler, which sends headers and body in one piece.

    werkzeug sends them one after the other. In between, the Go SDK of provider 5.100 closes the body of its request,
    may then find the connection closed, and repeats a request that has succeeded.
    """

    wbufsize = 1 << 20

    def make_environ(self) -> WSGIEnvironment:
        """Send "100 Continue", for which a client may wait before it sends the body."""
        self.wfile.flush()
        return super().make_environ()
