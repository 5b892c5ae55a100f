"""What answers a request."""

from collections.abc import Callable

from werkzeug import Request, Response

Answer = Callable[[Request], Response]
