"""Django answers without its trips to threads.

It takes each middleware to a thread and back, before a view and again behind it, and so the signal in front of them,
because they could ask a database. Ours have none to ask, and are done before a thread has begun: the ways there and
back were half of a small answer's time. What is left is the end of a response, and what Django does by itself when
there is no such page or no such host.
"""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


def stay_in_the_loop() -> None:
    """From now on, in all middlewares, and for the signal that a request begins."""
    middleware: Any = MiddlewareMixin
    middleware.__acall__ = _through
    for receiver in (reset_queries, close_old_connections):
        request_started.disconnect(receiver)


class Handler(ASGIHandler):
    """Django's application for HTTP."""

    def adapt_method_mode(
        self,
        is_async: bool,
        method: Callable[..., Any],
        method_is_async: bool | None = None,
        debug: bool = False,
        name: str | None = None,
    ) -> Callable[..., Any]:
        """What a middleware does right before a view is done in the loop too."""
        # Only of such methods Django does not say itself whether they are asynchronous.
        if is_async and method_is_async is None and not iscoroutinefunction(method):
            return _in_the_loop(method)
        adapted: Callable[..., Any] = super().adapt_method_mode(is_async, method, method_is_async, debug, name)
        return adapted

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request. The end of a response has one thread for all, where Django begins one for each request."""
        await self.handle(scope, receive, send)


async def _through(self: Any, request: HttpRequest) -> HttpResponseBase:
    """A request through a middleware, and its response back."""
    response: HttpResponseBase | None = self.process_request(request) if hasattr(self, "process_request") else None
    response = response or await self.get_response(request)
    return self.process_response(request, response) if hasattr(self, "process_response") else response


def _in_the_loop(method: Callable[..., Any]) -> Callable[..., Any]:
    async def called(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return called
