"""The HTTP API: rooms and messages as JSON for programs, with the same objects as on the WebSocket."""

from typing import Annotated, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from chat.rooms.directory import RoomDirectory, RoomSummary
from chat.text.names import is_room_slug
from chat.views.endpoints import api_resource
from chat.views.query import history_query, parse_query
from chat.views.request_context import hub_of, reader_of
from chat.views.responses import json_response
from chat.wire import protocol
from chat.wire.errors import ErrorCode, ProtocolError

MAX_ROOMS = 1000  # in one answer: 80 KB


class RoomsQuery(msgspec.Struct):
    """The query string of the room list."""

    after: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_ROOMS)] = MAX_ROOMS
    order: Literal["name", "newest"] = "name"


@api_resource
async def rooms(request: HttpRequest) -> HttpResponse:
    """A part of the room list: each room with its newest id and the number of people in it."""
    hub, query = hub_of(request), parse_query(request, RoomsQuery)
    summaries, complete = await _listed(hub.directory, query)
    found = hub.batch_priority.in_steps(summaries)
    rows = [{**summary._asdict(), "url": reverse("room", args=[summary.room])} async for summary in found]
    return json_response({"rooms": rows, "complete": complete})


async def _listed(directory: RoomDirectory, query: RoomsQuery) -> tuple[list[RoomSummary], bool]:
    if query.order == "newest":
        summaries, total = await directory.newest()
        return summaries[: query.limit], total <= min(len(summaries), query.limit)
    try:
        summaries = await directory.rooms(query.after, query.limit + 1)
    except KeyError:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason="`after` is no room") from None
    return summaries[: query.limit], len(summaries) <= query.limit


class PeopleQuery(msgspec.Struct):
    """The query string of the list of people."""

    room: str = ""


@api_resource
async def people(request: HttpRequest) -> HttpResponse:
    """Who is in the rooms, each person once; of the query string `room` is a room whose people are left out.

    At most `MAX_MEMBERS` people. Those who are in no room of this process are known by the leases of their processes,
    which name the first ones.
    """
    hub, query = hub_of(request), parse_query(request, PeopleQuery)
    found: dict[str, dict[str, str]] = {}
    here = hub.open_rooms.peek(query.room)
    async for slug, room in hub.batch_priority.in_steps(hub.open_rooms):
        if room is here or len(found) >= protocol.MAX_MEMBERS:
            continue
        where = {"room": slug, "name": room.log.name, "url": reverse("room", args=[slug])}
        for member in room.people.members():
            if here is None or member.author not in here.people:
                found.setdefault(member.author, {**protocol.to_builtins(member), **where})
    for person in hub.processes.people():
        if person.room != query.room and (here is None or person.author not in here.people):
            where = {"room": person.room, "name": person.name, "url": reverse("room", args=[person.room])}
            found.setdefault(person.author, {"username": person.username, "author": person.author, **where})
    rows = list(found.values())
    return json_response({"people": rows[: protocol.MAX_MEMBERS], "complete": len(rows) < protocol.MAX_MEMBERS})


@api_resource
async def messages(request: HttpRequest, room: str) -> HttpResponse:
    """A page of a room's messages as they are now: the newest, or those before or after an id. `room` is its slug."""
    slug, query, hub = _slug(room), history_query(request), hub_of(request)
    async with hub.pinned(slug) as opened_room:
        page = await opened_room.page(query, reader_of(request))
        # Read before the next await, so that they belong to this page.
        epoch, last_id = opened_room.feed.epoch, opened_room.feed.last_delivered_id
        await hub.batch_priority.yield_to_batches()
        content = {key: value for key, value in protocol.to_builtins(page).items() if key != "type"}
        return json_response({"room": room, "epoch": epoch, "last_id": last_id, **content})


@api_resource
async def message(request: HttpRequest, room: str, message: int) -> HttpResponse:
    """One message as it is now, and its texts, the first one first, as far as they exist."""
    slug, hub = _slug(room), hub_of(request)
    async with hub.pinned(slug) as opened_room:
        event, texts = await opened_room.message(message, reader_of(request))
        rows = [{"message": each.message, "html": each.html, "timestamp": each.timestamp} for each in texts]
        return json_response({"room": room, "message": protocol.to_builtins(event), "texts": rows})


def _slug(room: str) -> str:
    if not is_room_slug(room):
        raise ProtocolError(ErrorCode.INVALID_ROOM)
    return room
