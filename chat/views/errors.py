"""Every error response, as a page or as JSON, and the error handlers that Django calls."""

import logging
import math
from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.metrics import counted
from chat.rooms.storage_errors import error_for
from chat.storage import StorageError, StorageUnavailable
from chat.text.names import LOBBY
from chat.views.responses import json_response, wants_json
from chat.views.way_back import way_back
from chat.wire.errors import ERRORS, ErrorCode, ProtocolError

API_PREFIX = "/api/"
DEFAULT_TITLE = _("That did not work")
MAX_QUOTED_CHARACTERS = 100  # of a header, in a page
logger = logging.getLogger(__name__)

HTTP_STATUS: dict[ErrorCode, int] = {
    ErrorCode.INVALID_JSON: 400,
    ErrorCode.INVALID_FRAME: 400,
    ErrorCode.UNKNOWN_TYPE: 400,
    ErrorCode.INVALID_FIELD: 400,
    ErrorCode.EMPTY_MESSAGE: 400,
    ErrorCode.MESSAGE_TOO_LONG: 400,
    ErrorCode.INVALID_TEXT: 400,
    ErrorCode.INVALID_NAME: 400,
    ErrorCode.INVALID_ROOM: 404,
    ErrorCode.INVALID_QUERY: 400,
    ErrorCode.INVALID_SEARCH: 400,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.NOT_ALLOWED: 403,
    ErrorCode.INVALID_EMOJI: 400,
    ErrorCode.TOO_MANY_REACTIONS: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.TOO_MANY_CONNECTIONS: 429,
    ErrorCode.STORAGE_UNAVAILABLE: 503,
    ErrorCode.STORAGE_FORBIDDEN: 503,
    ErrorCode.STORAGE_FULL: 503,
    ErrorCode.ROOM_DAMAGED: 503,
    ErrorCode.ROOM_REMOVED: 410,
    ErrorCode.TOO_MANY_BAD_FRAMES: 400,
    ErrorCode.GOING_AWAY: 503,
    ErrorCode.REFUSED: 503,
}


def error_response(
    request: HttpRequest, error: ProtocolError | StorageError, title: Promise = DEFAULT_TITLE
) -> HttpResponse:
    """The response to a request that failed. `title` is the heading if it is a page."""
    if isinstance(error, StorageUnavailable):
        logger.error("no answer for %s: %s", request.path, error)  # Django logs that there was none, and not why
    error = error_for(error) if isinstance(error, StorageError) else error
    counted.ERRORS.add(error.code)
    if error.code is ErrorCode.INVALID_QUERY:
        title = DEFAULT_TITLE  # what is wrong is the address, not the room
    retry = ERRORS[error.code].retry
    response = _respond(request, HTTP_STATUS[error.code], error.code, title, error.detail, retry=retry)
    if error.code is ErrorCode.RATE_LIMITED:
        response.headers["Retry-After"] = str(math.ceil(error.retry_after or 1))
    return response


def method_not_allowed(methods: Collection[str]) -> HttpResponse:
    """The response of the API to a method other than these."""
    content = _json_error(405, "method_not_allowed", gettext("This address can only be read.")).content
    return HttpResponseNotAllowed(methods, content, content_type="application/json")


# Called by Django, see chatsite/urls.py and chatsite/settings.py


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request cannot be parsed, or its `Host` header names another site. 413: its body is too large."""
    if isinstance(exception, DisallowedHost):
        return _host_not_allowed(request)
    if isinstance(exception, RequestDataTooBig):
        detail = gettext("A form can have {size} KiB.").format(size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024)
        return _respond(request, 413, "too_large", gettext("Too large"), detail)
    detail = gettext("The browser sent something that this server does not understand.")
    return _respond(request, 400, "bad_request", gettext("Bad request"), detail)


def _host_not_allowed(request: HttpRequest) -> HttpResponse:
    """The page names the host that arrived: behind a proxy it may be another one than the visitor's."""
    host = request.META.get("HTTP_HOST", "")
    logger.warning(
        "refused a request for the host %.200r: it is not in DJANGO_ALLOWED_HOSTS (%s), or the proxy replaces Host",
        host,
        ",".join(settings.ALLOWED_HOSTS),
        extra={"once_per_minute": True},
    )
    detail = gettext(
        "This server does not answer to the host name {host}. If that is the name in the address bar, the owner of the "
        "server has to add it to the setting DJANGO_ALLOWED_HOSTS, without the port, and to start the server again. If "
        "it is another name, the proxy in front of the server replaces the Host header: it has to pass Host on as the "
        "browser sent it."
    ).format(host=_quoted(host))
    # Every link of this site would lead to this page again.
    return _respond(request, 400, "bad_request", gettext("Unknown host name"), detail, leads_back=False)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _respond(request, 403, "not_allowed", gettext("Not allowed"), gettext("You may not do that here."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form has no CSRF token, or an old one, or it is of another site: also if a proxy replaces `Host`."""
    origin, site = request.headers.get("Origin"), f"{request.scheme}://{request.get_host()}"
    detail = gettext("This form has expired. Go back, load the page again, and then send it.")
    if reason == REASON_NO_CSRF_COOKIE:
        detail = gettext(
            "The browser sent no cookie. Forms need cookies: allow them for this site, and load the page again."
        )
    if origin not in (None, site):
        detail = gettext(
            "This form is of {origin}, but it arrived here as a form of {site}. A proxy in front of the server has to "
            "pass the Host header on as the browser sent it, and for https also X-Forwarded-Proto (with CHAT_HTTPS=on)."
        ).format(origin=_quoted(origin), site=_quoted(site))
    return _respond(request, 403, "csrf", DEFAULT_TITLE, detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no URL pattern matches. 426: it is a WebSocket handshake that lost its `Upgrade` header."""
    if "Sec-WebSocket-Key" in request.headers:
        return _upgrade_required(request)
    detail = gettext("There is nothing at this address. Rooms are listed in the lobby.")
    return _respond(request, 404, "page_not_found", gettext("Page not found"), detail)


def _upgrade_required(request: HttpRequest) -> HttpResponse:
    """Most proxies drop `Upgrade` unless they are told to pass it on; the key of the handshake remains."""
    logger.warning(
        "a WebSocket handshake came without its Upgrade header: the proxy in front of the server has to pass the "
        "headers Upgrade and Connection on, by HTTP/1.1 (docs/operations.md#reverse-proxy)",
        extra={"once_per_minute": True},
    )
    detail = gettext(
        "This address is for WebSockets, but the handshake arrived without its Upgrade header. A proxy in front of "
        "the server has to pass the headers Upgrade and Connection on, by HTTP/1.1."
    )
    response = _respond(request, 426, "upgrade_required", gettext("WebSocket expected"), detail)
    response.headers["Upgrade"] = "websocket"
    response.headers["Connection"] = "Upgrade"
    vars(response)["_has_been_logged"] = True  # Django would log a line for every try
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a view raised an exception. Details are in the log only."""
    detail = gettext("The server made a mistake. Nothing that was said is lost.")
    return _respond(request, 500, "something_broke", gettext("Something broke"), detail, retry=True)


def _respond(
    request: HttpRequest,
    status: int,
    code: str,
    title: str | Promise,
    detail: str,
    *,
    retry: bool = False,
    leads_back: bool = True,
) -> HttpResponse:
    if request.path_info.startswith(API_PREFIX) or wants_json(request):
        return _json_error(status, code, detail, retry=retry)
    back = way_back(request) if leads_back else ""
    if back == get_script_prefix() and _is_of_lobby(request):  # to which the home page leads
        back = request.path
    context = {"status": status, "title": title, "detail": detail, "back": back, "home": get_script_prefix()}
    return render(request, "chat/error.html", context, status=status)


def _is_of_lobby(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.kwargs.get("room") == LOBBY


def _quoted(text: str | None) -> str:
    """A header that a client sent, in ASCII and cut. Templates escape it."""
    return ascii((text or "")[:MAX_QUOTED_CHARACTERS])


def _json_error(status: int, code: str, detail: str, *, retry: bool = False) -> HttpResponse:
    """The JSON shape of every error."""
    return json_response({"error": {"code": code, "detail": detail, "retry": retry}}, status)
