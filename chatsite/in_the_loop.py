"""Django's middlewares do their work in the event loop.

Django takes each of them to a thread and back, before a view and again behind it, because it could ask a database. Ours
have none to ask, and are done before a thread has begun: the ways there and back were half of a small answer's time.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


def stay_in_the_loop() -> None:
    """From now on, in all of them."""
    middleware: Any = MiddlewareMixin
    middleware.__acall__ = _through


async def _through(self: Any, request: HttpRequest) -> HttpResponseBase:
    """A request through a middleware, and its response back."""
    response: HttpResponseBase | None = self.process_request(request) if hasattr(self, "process_request") else None
    response = response or await self.get_response(request)
    return self.process_response(request, response) if hasattr(self, "process_response") else response
