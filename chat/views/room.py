"""The pages: a room with its newest messages, readable before any script has run, and the two forms on it."""

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from chat.entrance import identity
from chat.entrance.identity import Identity
from chat.entrance.limits import loop_time
from chat.history.moments import moment_of
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.hub import RoomSummary
from chat.rooms.room import Room, error_for
from chat.storage import StorageError
from chat.text.names import LOBBY, MAX_USERNAME, BadName, clean_room_name, clean_username, room_slug
from chat.views import api
from chat.views.request_context import address_limiter_of, address_of, hub_of
from chat.wire import protocol
from chat.wire.protocol import ErrorCode, ProtocolError

ROWS = 500  # messages that are kept as they are shown, of all rooms
LINES = 2000  # of the list of rooms that are kept: 2 MB at most. If there are more rooms, each is made anew
SHORT = 1000  # characters of HTML that such a message may have: 500 of them are 7 MB at most
GROUP = timedelta(minutes=5)  # messages of one author that follow each other within this share one heading
LONG_AGO = datetime.fromtimestamp(0, UTC)  # when something was said whose time is none, in a file that was edited


@require_safe
async def home(request: HttpRequest) -> HttpResponse:
    """Everybody meets in the lobby."""
    return redirect("room", LOBBY)


@require_safe
@cache_control(no_cache=True, private=True)
async def room(request: HttpRequest, room: str) -> HttpResponse:
    """A room's page: what was said last, and from where the socket goes on."""
    known = identity.identity_of(request)
    try:
        context = await _room_context(request, room, known or Identity("", ""))
    except StorageError as error:
        refused = error_for(error)
        retry = protocol.ERRORS[refused.code].retry
        return _error(request, 503, refused.code, "This room cannot be read", refused.detail, retry=retry)
    await hub_of(request).batch_priority.yield_to_batches()
    response = render(request, "chat/room.html", context)
    if known is None:
        identity.set_cookie(response, Identity(identity.new_author(), ""))
    return response


async def _room_context(request: HttpRequest, name: str, known: Identity) -> dict[str, Any]:
    hub, address = hub_of(request), address_of(request)
    async with hub.pinned(name) as room:
        rooms = await hub.rooms()
        page, last_id = await room.feed.newest(address)
        config = _config(room, name, last_id, page.complete, known)  # at once: the epoch in it is this page's
        messages = [event for event in page.events if isinstance(event, protocol.MessageEvent)]
        return {
            "room": {"slug": name, "name": room.log.name},
            "rooms": await _lines(_with(room, name, rooms), name, hub.batch_priority),
            "rows": await _rows(messages, hub.batch_priority),
            "complete": page.complete,
            "username": known.username,
            "max_message": hub.conf.max_message,
            "max_username": MAX_USERNAME,
            "config": config,
        }


def _with(room: Room, name: str, rooms: list[RoomSummary]) -> list[RoomSummary]:
    """The rooms, and the one that is looked at, even if nothing was said in it yet."""
    if any(line.room == name for line in rooms):
        return rooms
    return [*rooms, RoomSummary(name, room.log.name, room.feed.delivered, len(room.people))]


def _config(room: Room, name: str, last_id: int, complete: bool, known: Identity) -> dict[str, Any]:
    """What the client needs to know before its first frame."""
    return {
        "protocol": protocol.VERSION,
        "room": name,
        "name": room.log.name,
        "epoch": room.feed.epoch,
        "last_id": last_id,
        "complete": complete,
        "you": known._asdict(),
        "socket": f"/ws/chat/{name}/",
        "name_url": reverse("name"),
        "rooms_url": reverse("api-rooms"),
        "create_url": reverse("create-room"),
        "limits": protocol.to_builtins(room.limits),
    }


async def _lines(rooms: list[RoomSummary], current: str, batch_priority: BatchPriority) -> SafeString:
    """The list of rooms as the page shows it."""
    make = _line if settings.DEBUG else _kept_line
    return _joined([make(line.room, line.name, line.room == current) async for line in batch_priority.in_steps(rooms)])


def _line(slug: str, name: str, current: bool) -> SafeString:
    room = {"name": name, "url": reverse("room", args=[slug]), "current": current}
    return render_to_string("chat/_room_link.html", {"item": room})


_kept_line = lru_cache(maxsize=LINES)(_line)


def _joined(parts: list[SafeString]) -> SafeString:
    return mark_safe("\n".join(parts))  # noqa: S308 - each of them is safe


async def _rows(messages: list[protocol.MessageEvent], batch_priority: BatchPriority) -> SafeString:
    """Messages as the page shows them, with where a day begins and what shares the heading of the one above."""
    rows: list[SafeString] = []
    above: protocol.MessageEvent | None = None
    before = LONG_AGO
    async for message in batch_priority.in_steps(messages):
        said = moment_of(message.timestamp) or LONG_AGO
        new_day = above is None or before.date() != said.date()
        continued = above is not None and not new_day and _same_author(message, above) and said - before < GROUP
        make = _kept_row if len(message.html) <= SHORT and not settings.DEBUG else _row
        rows.append(make(message, said, new_day=new_day, continued=continued))
        above, before = message, said
    return _joined(rows)


def _same_author(message: protocol.MessageEvent, above: protocol.MessageEvent) -> bool:
    return (message.author, message.username) == (above.author, above.username)


def _row(message: protocol.MessageEvent, said: datetime, *, new_day: bool, continued: bool) -> SafeString:
    """One message as the page shows it."""
    # The html was made and sanitized by chat/text/markup.py; it is safe to show as it is.
    html = mark_safe(message.html)  # noqa: S308
    day = said if new_day else None
    event = {**protocol.to_builtins(message), "html": html, "time": said, "day": day, "continued": continued}
    return render_to_string("chat/_message.html", {"event": event})


_kept_row = lru_cache(maxsize=ROWS)(_row)  # everybody who comes sees the newest ones: most of a page is made already


@require_POST
async def create_room(request: HttpRequest) -> HttpResponse:
    """Make a room by name, and go there. A room of that name that exists already is simply entered."""
    try:
        shown = clean_room_name(request.POST.get("name", ""))
        made, room = await _entered(request, room_slug(shown), shown)
    except BadName as error:
        return _refused(request, ProtocolError(ErrorCode.INVALID_NAME, reason=error), 400)
    except ProtocolError as error:
        return too_fast(request, error)
    except StorageError as error:
        return _refused(request, error_for(error), 503)
    url = reverse("room", args=[room.room])
    if _wants_json(request):
        return api.answer({"room": room.room, "name": room.name, "url": url}, 201 if made else 200)
    return HttpResponseRedirect(url)


async def _entered(request: HttpRequest, slug: str, shown: str) -> tuple[bool, RoomSummary]:
    """The room, and whether it had to be made: only that is limited."""
    hub = hub_of(request)
    room = await hub.find(slug)
    if room is not None:
        return False, room
    address_limiter_of(request).rooms.take(loop_time())
    return await hub.create(slug, shown)


@require_POST
async def name(request: HttpRequest) -> HttpResponse:
    """Choose a name, or another one; the cookie keeps it."""
    try:
        username = clean_username(request.POST.get("username", ""))
    except BadName as error:
        return _refused(request, ProtocolError(ErrorCode.INVALID_NAME, reason=error), 400)
    known = identity.identity_of(request)
    chosen = Identity(known.author if known else identity.new_author(), username)
    response = api.answer(chosen._asdict()) if _wants_json(request) else HttpResponseRedirect(_next(request))
    identity.set_cookie(response, chosen)
    return response


def _next(request: HttpRequest) -> str:
    """Where the form came from, if that is a page of ours."""
    url = request.POST.get("next", "")
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else reverse("home")


# What went wrong, as a page or as JSON


def _refused(request: HttpRequest, error: ProtocolError, status: int) -> HttpResponse:
    retry = protocol.ERRORS[error.code].retry
    return _error(request, status, error.code, "That did not work", error.detail, retry=retry)


def too_fast(request: HttpRequest, error: ProtocolError) -> HttpResponse:
    """Somebody who asks, or makes rooms, faster than their address may."""
    response = _refused(request, error, 429)
    response.headers["Retry-After"] = str(math.ceil(error.retry_after or 1))
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's answer to a request that makes no sense, or asks for another host."""
    detail = "The browser sent something that this server does not understand."
    return _error(request, 400, "bad_request", "Bad request", detail)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's answer to a request that may not be made."""
    return _error(request, 403, "not_allowed", "Not allowed", "You may not do that here.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of ours, or from one that is too old."""
    detail = "This form has expired. Reload the page and try again."
    return _error(request, 403, "csrf", "That did not work", detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No page lives here."""
    detail = "There is nothing at this address. Rooms are listed in the lobby."
    return _error(request, 404, "page_not_found", "Page not found", detail)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours; what happened is in the server's log."""
    detail = "The server made a mistake. Nothing that was said is lost."
    return _error(request, 500, "something_broke", "Something broke", detail, retry=True)


def _error(
    request: HttpRequest, status: int, code: str, title: str, detail: str, *, retry: bool = False
) -> HttpResponse:
    if request.path.startswith("/api/") or _wants_json(request):
        return api.refuse(code, detail, status, retry=retry)
    context = {"status": status, "title": title, "detail": detail}
    return render(request, "chat/error.html", context, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
