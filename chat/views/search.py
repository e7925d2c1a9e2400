"""Search: the page, which needs no script, and both resources of the API."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from chat.entrance.limits import SEARCHES
from chat.rooms.search_cursor import Cursor, parse_cursor
from chat.rooms.searcher import MAX_HITS, RenderedHit
from chat.search.query import FILTERS, MAX_CHARACTERS, Query, QueryError, parse_query
from chat.storage.records import MAX_ID
from chat.storage.timestamps import parse_timestamp
from chat.text.names import LOBBY, is_room_slug
from chat.views.avatar import AvatarSigns, avatar_hue
from chat.views.endpoints import api_resource, page
from chat.views.query import parse_query as parse_query_string
from chat.views.request_context import address_limiter_of, address_of, hub_of, reader_of
from chat.views.responses import html_response, json_response
from chat.views.rows import TIME_IF_UNKNOWN
from chat.views.translations import client_translations
from chat.wire import protocol
from chat.wire.errors import ErrorCode, ProtocolError


class SearchFields(msgspec.Struct):
    """The query string, besides the filters."""

    q: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_HITS)] = 20
    cursor: str = ""


@api_resource
async def search_room(request: HttpRequest, room: str) -> HttpResponse:
    """The messages of a room that a query finds, newest first. `room` is its slug."""
    if not is_room_slug(room):
        raise ProtocolError(ErrorCode.INVALID_ROOM)
    query, fields = _checked(request)
    if query.room:
        raise _wrong(gettext("“in:” is for a search in all rooms."))
    return await _json(request, await _search(request, query, room, fields))


@api_resource
async def search_everywhere(request: HttpRequest) -> HttpResponse:
    """The messages of all rooms that a query finds, newest first."""
    query, fields = _checked(request)
    return await _json(request, await _search(request, query, await _room_of(request, query), fields))


def _checked(request: HttpRequest) -> tuple[Query, SearchFields]:
    """The query, which is not empty, and the other fields. Raises `ProtocolError`."""
    fields = parse_query_string(request, SearchFields)
    filters = [(name, value) for name in FILTERS for value in request.GET.getlist(name) if value.strip()]
    try:
        query = parse_query(fields.q, filters)
    except QueryError as error:
        raise _wrong(error.reason) from None
    if query.is_empty:
        raise _wrong(gettext("There is nothing to search for."))
    return query, fields


def _wrong(reason: str) -> ProtocolError:
    return ProtocolError(ErrorCode.INVALID_SEARCH, reason=reason)


async def _room_of(request: HttpRequest, query: Query) -> str:
    """The slug of the room that the query names; "" for all rooms. Raises `ProtocolError`."""
    if not query.room:
        return ""
    found = await hub_of(request).directory.find(query.room)
    if found is None and not is_room_slug(query.room):
        raise _wrong(gettext("There is no room “{name}”.").format(name=query.room))
    return found.room if found else query.room


class Found(NamedTuple):
    """The hits, the cursor of the next ones, and the rooms that could not be searched, by slug and name."""

    hits: list[RenderedHit]
    cursor: str | None
    not_searched: list[tuple[str, str]]


async def _search(request: HttpRequest, query: Query, room: str, fields: SearchFields) -> Found:
    """Raises `ProtocolError`, `StorageError`."""
    await address_limiter_of(request).wait_for(SEARCHES)
    searcher, address = hub_of(request).searcher, address_of(request)
    if room:
        found = await searcher.in_room(room, query, _below(fields.cursor), fields.limit, address)
    else:
        found = await searcher.everywhere(query, _cursor(fields.cursor), fields.limit, address)
    return Found(await searcher.rendered(found.hits, query, reader_of(request)), found.cursor, found.not_searched)


def _below(cursor: str) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 16 and 0 < int(cursor) <= MAX_ID):
        raise _wrong(gettext("The cursor is not one of this search."))
    return int(cursor)


def _cursor(text: str) -> Cursor:
    try:
        return parse_cursor(text) if text else Cursor()
    except ValueError:
        raise _wrong(gettext("The cursor is not one of this search.")) from None


async def _json(request: HttpRequest, found: Found) -> HttpResponse:
    rows = [
        {
            **protocol.to_builtins(hit.event),
            "room": hit.room,
            "room_name": hit.name,
            "url": reverse("message", args=[hit.room, hit.event.id]),
            "excerpt": hit.excerpt,
        }
        async for hit in hub_of(request).batch_priority.in_steps(found.hits)
    ]
    failed = [{"room": room, "room_name": name} for room, name in found.not_searched]
    cursor = found.cursor
    return json_response({"messages": rows, "cursor": cursor, "complete": cursor is None, "not_searched": failed})


# The page


@page(error_title=_("This cannot be searched"))
async def search_page(request: HttpRequest) -> HttpResponse:
    """The search field, and what it found. Of the query string `q` is the query, `room` the slug of a room."""
    slug = request.GET.get("room", "")
    room = slug if is_room_slug(slug) else ""
    found = await _found(request, room)
    summaries, _total = await hub_of(request).directory.newest()
    names = {summary.room: summary.name for summary in summaries}
    context = {
        **found,
        "room": room,
        "room_name": names.setdefault(room, room) if room else "",
        "rooms": sorted(names.items(), key=lambda item: item[1].casefold()),
        "query": request.GET.get("q", "")[: MAX_CHARACTERS + 1],
        "max_query": MAX_CHARACTERS,
        "config": {"all_url": reverse("api-search"), "room_url": _room_pattern("api-room-search")},
        "translations": client_translations(get_language()),
    }
    return await html_response(request, "chat/search.html", context)


def _room_pattern(name: str) -> str:
    """The URL of a resource of any room, for which `{room}` stands."""
    return reverse(name, args=[LOBBY]).replace(LOBBY, "{room}")


async def _found(request: HttpRequest, room: str) -> dict[str, Any]:
    """The rows of the page, the query string of the next page, or what is wrong with the query."""
    text = request.GET.get("q", "")
    if not text.strip():
        return {}
    try:
        query, search_fields = _checked(request)
        found = await _search(request, query, room or await _room_of(request, query), search_fields)
    except ProtocolError as error:
        if error.code is not ErrorCode.INVALID_SEARCH:
            raise
        return {"problem": error.detail}
    rows = [row async for row in _rows(request, found.hits)]
    fields = {"q": text, **({"room": room} if room else {}), "cursor": found.cursor}
    following = urlencode(fields) if found.cursor else ""
    names = [name for _, name in found.not_searched]
    return {"rows": rows, "next": following, "is_done": True, "not_searched": names}


async def _rows(request: HttpRequest, hits: list[RenderedHit]) -> AsyncIterator[dict[str, Any]]:
    signs = AvatarSigns()
    async for hit in hub_of(request).batch_priority.in_steps(hits):
        yield {
            "event": hit.event,
            "room_name": hit.name,
            "url": reverse("message", args=[hit.room, hit.event.id]),
            "time": parse_timestamp(hit.event.timestamp) or TIME_IF_UNKNOWN,
            "avatar": {"hue": avatar_hue(hit.event.username), "sign": signs.sign_of(hit.event.username)},
            "excerpt": hit.excerpt,
        }
