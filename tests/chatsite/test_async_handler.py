"""A request meets Django in the event loop, and each middleware does its work there."""

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

from chatsite.async_handler import Handler, stay_in_the_loop

MET: list[tuple[str, int]] = []


class Noting(MiddlewareMixin):
    """In which thread each part of it is done."""

    def process_request(self, request: HttpRequest) -> None:
        MET.append(("request", threading.get_ident()))

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *given: Any) -> None:
        MET.append(("view", threading.get_ident()))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        MET.append(("response", threading.get_ident()))
        return response


@pytest.fixture(autouse=True)
def _in_the_loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(MiddlewareMixin, "__acall__", MiddlewareMixin.__acall__)  # put back at the end
    MET.clear()
    stay_in_the_loop()
    yield
    for receiver in (reset_queries, close_old_connections):
        request_started.connect(receiver)


async def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page")


urlpatterns = [path("chat/", view)]


async def through(*middlewares: Any) -> HttpResponse:
    """What a request meets that goes through these."""
    respond: Any = view
    for middleware in reversed(middlewares):
        respond = middleware(respond)
    response: HttpResponse = await respond(RequestFactory().get("/chat/", headers={"host": "localhost"}))
    return response


async def answer(handler: Handler) -> list[dict[str, Any]]:
    """What is sent to somebody who asks for the page and stays until it is there."""
    sent: list[dict[str, Any]] = []
    asked = iter([{"type": "http.request"}])

    async def receive() -> Any:
        return next(asked, None) or await asyncio.Event().wait()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/chat/", "query_string": b"", "headers": []}
    await handler({**scope, "server": ("localhost", 80)}, receive, send)
    return sent


async def test_a_request_is_answered_without_a_trip_to_a_thread(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIDDLEWARE, settings.ROOT_URLCONF = [f"{__name__}.Noting"], __name__
    trips: list[str] = []
    go = SyncToAsync.__call__

    async def noted(self: Any, *given: Any, **named: Any) -> Any:
        trips.append(self.func.__name__)
        return await go(self, *given, **named)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)
    start, body = await answer(Handler())
    assert (start["status"], body["body"]) == (200, b"a page")
    assert MET == [(part, threading.get_ident()) for part in ("request", "view", "response")]
    assert trips == ["close"], "of the response, when the answer is on its way"


async def test_what_still_needs_a_thread_shares_one(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIDDLEWARE, settings.ROOT_URLCONF = [], __name__
    threads: set[int] = set()
    monkeypatch.setattr(HttpResponse, "close", lambda response: threads.add(threading.get_ident()))
    handler = Handler()
    await asyncio.gather(*(answer(handler) for _ in range(20)))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_each_middleware_still_does_its_work() -> None:
    answer = await through(SecurityMiddleware, CommonMiddleware)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == "6"


async def test_a_middleware_may_answer_by_itself(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = await through(SecurityMiddleware)
    assert (answer.status_code, answer.headers["location"]) == (301, "https://localhost/chat/")
