"""The HTTP API: what is said can be read by programs, with the same objects as on the wire."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from chat.rooms.room import error_for
from chat.storage import StorageError
from chat.text.names import is_room
from chat.views.request_context import address_of, hub_of
from chat.wire import protocol
from chat.wire.protocol import ErrorCode, ProtocolError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponse]]
STATUS = {
    ErrorCode.INVALID_ROOM: 404,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.STORAGE_UNAVAILABLE: 503,
    ErrorCode.REFUSED: 503,
}


def answer(content: Any, status: int = 200) -> HttpResponse:
    """JSON as the wire has it."""
    response = HttpResponse(msgspec.json.encode(content), content_type="application/json", status=status)
    response.headers["Cache-Control"] = "no-cache, private"
    return response


def refuse(code: str, detail: str, status: int, *, retry: bool = False) -> HttpResponse:
    """The one shape of every error of the API."""
    return answer({"error": {"code": code, "detail": detail, "retry": retry}}, status)


def read_only(view: View[P]) -> View[P]:
    """GET and HEAD alone, and every refusal in the one shape."""

    @wraps(view)
    async def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(
                ["GET", "HEAD"],
                refuse("method_not_allowed", "This address can only be read.", 405).content,
                content_type="application/json",
            )
        try:
            return await view(request, *args, **kwargs)
        except ProtocolError as error:
            return _refused(error)
        except StorageError as error:
            return _refused(error_for(error))

    return csrf_exempt(guarded)  # a POST is told that this is no place for it, whoever sends it


def _refused(error: ProtocolError) -> HttpResponse:
    return refuse(error.code, error.detail, STATUS.get(error.code, 400), retry=protocol.ERRORS[error.code].retry)


@read_only
async def rooms(request: HttpRequest) -> HttpResponse:
    """Every room, with its newest id and how many people are in it."""
    hub = hub_of(request)
    in_steps = hub.batch_priority.in_steps(await hub.rooms())
    return answer({"rooms": [{**info._asdict(), "url": reverse("room", args=[info.room])} async for info in in_steps]})


@read_only
async def messages(request: HttpRequest, room: str) -> HttpResponse:
    """A page of a room's events: the newest, or those before or after an id."""
    if not is_room(room):
        raise ProtocolError(ErrorCode.INVALID_ROOM)
    asked = _asked(request)
    hub = hub_of(request)
    async with hub.pinned(room) as visited:
        feed = visited.feed
        page = await visited.page(asked, address_of(request))
        epoch, last_id = feed.epoch, feed.delivered  # as they are when the page is
        await hub.batch_priority.yield_to_batches()
        content = {key: value for key, value in protocol.to_builtins(page).items() if key != "type"}
        return answer({"room": room, "epoch": epoch, "last_id": last_id, **content})


def _asked(request: HttpRequest) -> protocol.FetchHistory:
    """The query as the frame that would ask the same, checked by the same rules."""
    known = {key: value for key, value in request.GET.items() if key in {"before", "after", "limit"}}
    try:
        asked = msgspec.convert({"type": "history", **known}, protocol.FetchHistory, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason=error) from None
    if asked.before is not None and asked.after is not None:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason="a page is before an id or after one, not both")
    return asked
