"""Django and its middlewares handle a request in the event loop."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory
from django.urls import path
from django.utils.deprecation import MiddlewareMixin

from chatsite.async_handler import AsyncHandler, keep_middleware_in_event_loop

CALLS: list[tuple[str, int]] = []


class RecordingMiddleware(MiddlewareMixin):
    """Records the thread of each of its methods."""

    def process_request(self, request: HttpRequest) -> None:
        CALLS.append(("request", threading.get_ident()))

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> None:
        CALLS.append(("view", threading.get_ident()))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        CALLS.append(("response", threading.get_ident()))
        return response


@pytest.fixture(autouse=True)
def _middleware_in_event_loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(MiddlewareMixin, "__acall__", MiddlewareMixin.__acall__)  # restored at the end
    CALLS.clear()
    keep_middleware_in_event_loop()
    yield
    for receiver in (reset_queries, close_old_connections):
        request_started.connect(receiver)


async def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page")


urlpatterns = [path("chat/", view)]


async def response_through(*middlewares: Any) -> HttpResponse:
    """The response to a request that passes these."""
    respond: Any = view
    for middleware in reversed(middlewares):
        respond = middleware(respond)
    response: HttpResponse = await respond(RequestFactory().get("/chat/", headers={"host": "localhost"}))
    return response


async def answer(handler: AsyncHandler) -> list[dict[str, Any]]:
    """The ASGI messages that are sent to a client that requests the page and stays connected."""
    sent: list[dict[str, Any]] = []
    requests = iter([{"type": "http.request"}])

    async def receive() -> Any:
        return next(requests, None) or await asyncio.Event().wait()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/chat/", "query_string": b"", "headers": []}
    await handler({**scope, "server": ("localhost", 80)}, receive, send)
    return sent


async def test_a_request_is_answered_without_a_trip_to_a_thread(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIDDLEWARE, settings.ROOT_URLCONF = [f"{__name__}.RecordingMiddleware"], __name__
    switches: list[str] = []
    call = SyncToAsync.__call__

    async def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        switches.append(self.func.__name__)
        return await call(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", recorded)
    start, body = await answer(AsyncHandler())
    assert (start["status"], body["body"]) == (200, b"a page")
    assert CALLS == [(part, threading.get_ident()) for part in ("request", "view", "response")]
    assert switches == ["close"], "of the response, after it was sent"


async def test_the_ends_of_all_responses_share_one_thread(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIDDLEWARE, settings.ROOT_URLCONF = [], __name__
    threads: set[int] = set()
    monkeypatch.setattr(HttpResponse, "close", lambda response: threads.add(threading.get_ident()))
    handler = AsyncHandler()
    await asyncio.gather(*(answer(handler) for _ in range(20)))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_each_middleware_still_does_its_work() -> None:
    answer = await response_through(SecurityMiddleware, CommonMiddleware)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == "6"


async def test_a_middleware_may_answer_by_itself(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = await response_through(SecurityMiddleware)
    assert (answer.status_code, answer.headers["location"]) == (301, "https://localhost/chat/")
