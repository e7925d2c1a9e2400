"""Django answers requests in the event loop, without switching to threads.

Django runs each middleware in a thread, before and after the view, and also the receivers of the signal
`request_started`, because they could query a database. Here the storage threads do that, without the ORM, and the
middlewares are done before a thread has started: switching took half the time of a small response. Threads remain for
the end of a response, and for the pages that Django makes by itself when the URL or the host is unknown.
"""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


def keep_middleware_in_event_loop() -> None:
    """Change all middlewares, and disconnect the database from `request_started`."""
    middleware: Any = MiddlewareMixin
    middleware.__acall__ = _call_middleware
    for receiver in (reset_queries, close_old_connections):
        request_started.disconnect(receiver)


class AsyncHandler(ASGIHandler):
    """Django's application for HTTP."""

    def adapt_method_mode(
        self,
        is_async: bool,
        method: Callable[..., Any],
        method_is_async: bool | None = None,
        debug: bool = False,
        name: str | None = None,
    ) -> Callable[..., Any]:
        """Run `process_view` of a middleware in the event loop too."""
        # Django leaves `method_is_async` unset only for these.
        if is_async and method_is_async is None and not iscoroutinefunction(method):
            return _as_coroutine_function(method)
        adapted: Callable[..., Any] = super().adapt_method_mode(is_async, method, method_is_async, debug, name)
        return adapted

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request. All responses end in one thread; Django starts one for each request."""
        await self.handle(scope, receive, send)


async def _call_middleware(self: Any, request: HttpRequest) -> HttpResponseBase:
    """`MiddlewareMixin.__acall__`, without its threads."""
    response: HttpResponseBase | None = self.process_request(request) if hasattr(self, "process_request") else None
    response = response or await self.get_response(request)
    return self.process_response(request, response) if hasattr(self, "process_response") else response


def _as_coroutine_function(method: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return call
