"""The decorators that make views: `page` for HTML, `form` for the target of a form, `api_resource` for read-only JSON.

Every view is made by one of them: tests/chat/views/test_endpoints.py checks all URL patterns.
A view runs on the event loop that also delivers messages. So that a new view cannot harm them, a decorator

- takes `async` functions only: Django runs others in a thread;
- answers the methods of its kind and refuses the others;
- turns `ProtocolError` and `StorageError` into an error response, so that views only raise;
- forbids shared caches to store pages, which depend on a cookie.

`BatchPriorityMiddleware` yields to batches before and after every view, and `html_response` before it renders. A view
that computes for longer than `STEP_SECONDS` (chat/rooms/batch_priority.py) iterates with `BatchPriority.in_steps`.
"""

import enum
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import get_script_prefix
from django.utils.functional import Promise
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from chat.storage import StorageError
from chat.views.errors import DEFAULT_TITLE, error_response, method_not_allowed
from chat.wire.errors import ProtocolError

ONE_YEAR_SECONDS = 31_536_000
READ_METHODS = ("GET", "HEAD")
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponse]]


class Kind(enum.Enum):
    """What a view answers with."""

    PAGE = enum.auto()
    FORM = enum.auto()
    API_RESOURCE = enum.auto()


def page(*, error_title: Promise = DEFAULT_TITLE, constant: bool = False) -> Callable[[View[P]], View[P]]:
    """A page that is read. `error_title`, a lazy translation, is the heading when it cannot be shown.

    `constant`: it depends on its URL alone and never changes, so every cache may keep it.
    """
    caching = {"public": True, "max_age": ONE_YEAR_SECONDS, "immutable": True}

    def decorate(view: View[P]) -> View[P]:
        control = cache_control(**caching) if constant else cache_control(no_cache=True, private=True)
        cached: View[P] = control(_answering_errors(view, error_title))
        return _marked(Kind.PAGE, require_safe(cached))

    return decorate


def form(view: View[P]) -> View[P]:
    """The target of a form. Django requires a CSRF token. Who reads its address is led to the form's page."""
    answering = _answering_errors(view)

    @wraps(view)
    async def posting(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method in READ_METHODS:
            room = kwargs.get("room")
            return redirect("room", room) if room else redirect(get_script_prefix())
        return await answering(request, *args, **kwargs)

    return _marked(Kind.FORM, require_http_methods([*READ_METHODS, "POST"])(posting))


def api_resource(view: View[P]) -> View[P]:
    """JSON that can be read but not changed."""
    answering = _answering_errors(view)

    @wraps(view)
    async def reading(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in READ_METHODS:
            return method_not_allowed(READ_METHODS)
        return await answering(request, *args, **kwargs)

    return _marked(Kind.API_RESOURCE, csrf_exempt(reading))  # so that a POST is answered with 405, not 403


def kind_of(view: Any) -> Kind | None:
    """The kind of a view; None if it was not made by a decorator of this module."""
    return getattr(view, "endpoint_kind", None)


def _answering_errors(view: View[P], title: Promise = DEFAULT_TITLE) -> View[P]:
    if not iscoroutinefunction(view):
        raise TypeError(f"the view {view.__name__} is not async")

    @wraps(view)
    async def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return await view(request, *args, **kwargs)
        except (ProtocolError, StorageError) as error:
            return error_response(request, error, title)

    return answering


def _marked(kind: Kind, view: View[P]) -> View[P]:
    view.endpoint_kind = kind  # type: ignore[attr-defined]
    return view
