"""A request meets Django's middlewares in the event loop, and each of them does its work there."""

import threading
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory
from django.utils.deprecation import MiddlewareMixin

from chatsite.in_the_loop import stay_in_the_loop


@pytest.fixture(autouse=True)
def _in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MiddlewareMixin, "__acall__", MiddlewareMixin.__acall__)  # put back at the end
    stay_in_the_loop()


class Noting(MiddlewareMixin):
    """Where its two halves are done."""

    def process_request(self, request: HttpRequest) -> None:
        self.before = threading.get_ident()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        self.behind = threading.get_ident()
        return response


async def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page")


async def test_no_middleware_takes_a_request_to_a_thread() -> None:
    middleware: Any = Noting(view)
    assert (await middleware(RequestFactory().get("/"))).content == b"a page"
    assert middleware.before == middleware.behind == threading.get_ident()


async def test_each_of_them_still_does_its_work() -> None:
    middleware: Any = SecurityMiddleware(CommonMiddleware(view))
    answer = await middleware(RequestFactory().get("/", headers={"host": "localhost"}))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == "6"


async def test_a_middleware_may_answer_by_itself(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    middleware: Any = SecurityMiddleware(view)
    answer = await middleware(RequestFactory().get("/chat/", headers={"host": "localhost"}))
    assert (answer.status_code, answer.headers["location"]) == (301, "https://localhost/chat/")
