"""The HTTP connection of the server with a client."""

from wsgiref.types import WSGIEnvironment

from moto.moto_server.werkzeug_app import MotoRequestHandler


class RequestHandler(MotoRequestHandler):
    """moto's handler, which here sends headers and body together.

    werkzeug sends the headers first. The Go SDK of provider 5.100 then closes the body of its request, sometimes finds
    the connection closed, and repeats a request that has succeeded.
    """

    wbufsize = 1 << 20

    def make_environ(self) -> WSGIEnvironment:
        """Send a pending "100 Continue" first, because the client may wait for it before it sends the body."""
        self.wfile.flush()
        return super().make_environ()
