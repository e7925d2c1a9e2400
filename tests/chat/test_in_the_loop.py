"""A request meets Django's middlewares in the event loop, and each of them does its work there."""

import threading
from typing import Any

import pytest
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

from chat.hub import Hub
from chatsite.middleware import stay_in_the_loop
from tests.chat.clients import Browser

STEPS = [
    (SecurityMiddleware, "process_request"),
    (CommonMiddleware, "process_response"),
    (CsrfViewMiddleware, "process_view"),
]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Where each step is done, once it is."""
    found: dict[str, int] = {}
    monkeypatch.setattr(MiddlewareMixin, "__acall__", MiddlewareMixin.__acall__)  # put back at the end
    for middleware, step in STEPS:
        monkeypatch.setattr(middleware, step, _noting(getattr(middleware, step), step, found))
    return found


def _noting(function: Any, step: str, found: dict[str, int]) -> Any:
    def noting(*arguments: Any) -> Any:
        found[step] = threading.get_ident()
        return function(*arguments)

    return noting


async def test_no_middleware_takes_a_request_to_a_thread(hub: Hub, threads: dict[str, int]) -> None:
    stay_in_the_loop()
    answer = await Browser(hub).get("/chat/lobby/")
    assert answer.status == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert threads == {step: threading.get_ident() for _, step in STEPS}


async def test_a_form_without_a_token_is_still_refused(hub: Hub, threads: dict[str, int]) -> None:
    stay_in_the_loop()
    answer = await Browser(hub).post("/name/", {"username": "ada"})
    assert answer.status == 403
    assert threads["process_view"] == threading.get_ident()
