"""The HTTP API: rooms and messages as JSON for programs, with the same objects as on the WebSocket."""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from chat.text.names import is_room_slug
from chat.views.endpoints import api_resource
from chat.views.request_context import address_of, hub_of
from chat.views.responses import json_response
from chat.wire import protocol
from chat.wire.protocol import ErrorCode, FetchHistory, ProtocolError


@api_resource
async def rooms(request: HttpRequest) -> HttpResponse:
    """Every room, with its newest id and the number of people in it."""
    hub = hub_of(request)
    summaries = hub.batch_priority.in_steps(await hub.directory.rooms())
    return json_response(
        {"rooms": [{**summary._asdict(), "url": reverse("room", args=[summary.room])} async for summary in summaries]}
    )


@api_resource
async def messages(request: HttpRequest, room: str) -> HttpResponse:
    """A page of a room's events: the newest, or those before or after an id. `room` is its slug."""
    if not is_room_slug(room):
        raise ProtocolError(ErrorCode.INVALID_ROOM)
    query = _history_query(request)
    hub = hub_of(request)
    async with hub.pinned(room) as opened_room:
        page = await opened_room.page(query, address_of(request))
        # Read before the next await, so that they belong to this page.
        epoch, last_id = opened_room.feed.epoch, opened_room.feed.last_delivered_id
        await hub.batch_priority.yield_to_batches()
        content = {key: value for key, value in protocol.to_builtins(page).items() if key != "type"}
        return json_response({"room": room, "epoch": epoch, "last_id": last_id, **content})


def _history_query(request: HttpRequest) -> FetchHistory:
    """The query string as the `history` frame with the same fields, checked by the same rules."""
    fields = {key: value for key, value in request.GET.items() if key in {"before", "after", "limit"}}
    try:
        query = msgspec.convert({"type": "history", **fields}, FetchHistory, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason=error) from None
    protocol.check_history(query, ErrorCode.INVALID_QUERY)
    return query
