"""Django's middlewares stay in the event loop.

Django takes each of them to a thread and back, before a view and again behind it, because it could ask a database. Ours
have none to ask, and are done before a thread has begun: the way there and back was a third of the time of a page.
"""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin


def stay_in_the_loop() -> None:
    """Call it before the application is made."""
    middleware: Any = MiddlewareMixin
    middleware.__acall__ = _pass
    csrf: Any = CsrfViewMiddleware
    csrf.process_view = _in_the_loop(csrf.process_view)


async def _pass(self: Any, request: HttpRequest) -> HttpResponseBase:
    """A request through a middleware, and its response back."""
    response: HttpResponseBase | None = self.process_request(request) if hasattr(self, "process_request") else None
    response = response or await self.get_response(request)
    return self.process_response(request, response) if hasattr(self, "process_response") else response


def _in_the_loop(function: Any) -> Any:
    """What Django takes to no thread."""

    async def called(*arguments: Any) -> Any:
        return function(*arguments)

    return called
