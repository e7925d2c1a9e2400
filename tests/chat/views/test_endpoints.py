"""Adding a view is safe: every view is made by a decorator that keeps the promises of chat/views/endpoints.py."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path

import chat.views
from chat.rooms.batch_priority import BatchPriority
from chat.storage import StorageFull, StorageUnavailable
from chat.views.endpoints import Kind, api_resource, form, kind_of, page
from chat.views.errors import API_PREFIX, HTTP_STATUS
from chat.views.responses import html_response, json_response
from chat.wire.errors import ErrorCode, ProtocolError
from tests.support.core.asgi_clients import HttpClient


def url_patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from url_patterns(pattern)
        else:
            yield pattern


every_view = pytest.mark.parametrize("pattern", list(url_patterns(get_resolver("chatsite.urls"))), ids=lambda p: p.name)

# A new view of each kind. The last part of its URL names the error that it raises.

FAILURES = {
    "room": ProtocolError(ErrorCode.INVALID_ROOM),
    "rate": ProtocolError(ErrorCode.RATE_LIMITED, seconds=4.2, retry_after=4.2),
    "disk": StorageUnavailable("lobby", "the disk is gone", "lobby.json"),
    "full": StorageFull("lobby", "no more rooms", "lobby.json"),
}


def fail(failure: str) -> None:
    if failure in FAILURES:
        raise FAILURES[failure]


@page(error_title="This page cannot be shown")
async def new_page(request: HttpRequest, failure: str) -> HttpResponse:
    fail(failure)
    return await html_response(request, "chat/error.html", {"title": "A new page"})


@form
async def new_form(request: HttpRequest, failure: str) -> HttpResponse:
    fail(failure)
    return json_response({})


@api_resource
async def new_resource(request: HttpRequest, failure: str) -> HttpResponse:
    fail(failure)
    return json_response({})


urlpatterns = [
    path("page/<failure>", new_page),
    path("form/<failure>", new_form),
    path("api/resource/<failure>", new_resource),
]


@pytest.fixture
def _new_views() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


async def send(http_client: HttpClient, url: str, *, method: str = "", **headers: str) -> Any:
    """A request with the method that the view of a URL answers, or with another one."""
    method = method or ("POST" if url.startswith("/form/") else "GET")
    http_client.cookies["csrftoken"] = "x" * 32
    return await http_client.request(method, url, {"x-csrftoken": "x" * 32, **headers})


# Every view of the site


@every_view
def test_every_view_is_made_by_a_decorator_of_endpoints(pattern: URLPattern) -> None:
    assert kind_of(pattern.callback) is not None, "decorate it with `page`, `form` or `api_resource`"


@every_view
def test_every_view_is_async(pattern: URLPattern) -> None:
    assert iscoroutinefunction(pattern.callback)


@every_view
def test_api_resources_and_nothing_else_are_below_the_prefix_of_the_api(pattern: URLPattern) -> None:
    is_below = f"/{pattern.pattern}".startswith(API_PREFIX)
    assert is_below == (kind_of(pattern.callback) is Kind.API_RESOURCE)


def test_a_function_that_is_not_async_cannot_become_a_view() -> None:
    def blocking(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    for decorator in (page(), form, api_resource):
        with pytest.raises(TypeError, match="the view blocking is not async"):
            decorator(blocking)  # type: ignore[arg-type]


def test_templates_are_rendered_by_the_functions_that_yield_first() -> None:
    """`html_response` yields before a page with its `scripted` parts, `rows` between rows; errors are short, and Django
    calls them."""
    modules = [import_module(f"chat.views.{module.name}") for module in pkgutil.iter_modules(chat.views.__path__)]
    rendering = {module.__name__ for module in modules if {"render", "render_to_string"} & set(vars(module))}
    assert rendering == {f"chat.views.{name}" for name in ("responses", "scripted", "rows", "errors")}


# A new view


@pytest.mark.usefixtures("_new_views")
@pytest.mark.parametrize(("url", "steps"), [("/page/none", 3), ("/form/none", 2), ("/api/resource/none", 2)])
async def test_a_new_view_yields_to_batches_before_and_after_and_before_it_renders(
    http_client: HttpClient, monkeypatch: pytest.MonkeyPatch, url: str, steps: int
) -> None:
    taken: list[None] = []
    yield_to_batches = BatchPriority.yield_to_batches

    async def counted(priority: BatchPriority) -> None:
        taken.append(None)
        await yield_to_batches(priority)

    monkeypatch.setattr(BatchPriority, "yield_to_batches", counted)
    assert (await send(http_client, url)).status == 200
    assert len(taken) == steps


@pytest.mark.usefixtures("_new_views")
@pytest.mark.parametrize(
    ("url", "method", "allowed"),
    [
        ("/page/none", "POST", "GET, HEAD"),
        ("/form/none", "PUT", "GET, HEAD, POST"),
        ("/api/resource/none", "PUT", "GET, HEAD"),
    ],
)
async def test_a_new_view_answers_the_methods_of_its_kind(
    http_client: HttpClient, url: str, method: str, allowed: str
) -> None:
    answer = await send(http_client, url, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


@pytest.mark.usefixtures("_new_views")
@pytest.mark.parametrize(
    ("failure", "status", "code", "retry"),
    [
        ("room", 404, "invalid_room", False),
        ("rate", 429, "rate_limited", True),
        ("disk", 503, "storage_unavailable", True),
        ("full", 503, "storage_full", False),
    ],
)
async def test_what_a_new_view_raises_becomes_an_error_response(
    http_client: HttpClient, failure: str, status: int, code: str, retry: bool, caplog: pytest.LogCaptureFixture
) -> None:
    new_page = await send(http_client, f"/page/{failure}")
    new_form = await send(http_client, f"/form/{failure}")
    for answer, title in ((new_page, "This page cannot be shown"), (new_form, "That did not work")):
        assert answer.status == status
        assert "text/html" in answer.headers["content-type"]
        assert title in answer.text
    by_program = [
        await send(http_client, f"/page/{failure}", accept="application/json"),
        await send(http_client, f"/form/{failure}", accept="application/json"),
        await send(http_client, f"/api/resource/{failure}"),
    ]
    for answer in (new_page, new_form, *by_program):
        assert answer.headers["cache-control"] == "no-store"
    for answer in by_program:
        error = answer.json()["error"]
        assert (answer.status, error["code"], error["retry"]) == (status, code, retry)
        assert answer.headers.get("retry-after") == ("5" if failure == "rate" else None)
    assert ("no answer for /page/disk: lobby.json: the disk is gone" in caplog.text) == (failure == "disk")


@pytest.mark.usefixtures("_new_views")
@pytest.mark.parametrize(("failure", "cached"), [("none", {"private", "no-cache"}), ("disk", {"no-store"})])
async def test_a_new_page_is_not_stored_by_shared_caches(
    http_client: HttpClient, failure: str, cached: set[str]
) -> None:
    answer = await send(http_client, f"/page/{failure}")
    assert set(answer.headers["cache-control"].split(", ")) == cached


# Statuses


def test_every_error_code_has_an_http_status() -> None:
    assert set(HTTP_STATUS) == set(ErrorCode)
    assert all(400 <= status < 600 for status in HTTP_STATUS.values())
