"""The two forms of a room's page: create a room, choose a name. Both answer with a redirect, or with JSON."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from chat.entrance.identity import Identity, identity_of, new_author_id, set_cookie
from chat.entrance.limits import ROOMS
from chat.entrance.loop_clock import loop_time
from chat.rooms.directory import AddressTaken, RoomSummary
from chat.text.names import BadName, clean_room_name, is_room_slug, room_slug
from chat.views.address_taken import address_taken
from chat.views.endpoints import form
from chat.views.request_context import address_limiter_of, hub_of
from chat.views.responses import json_response, wants_json
from chat.views.way_back import local_url
from chat.wire.commands import check_username
from chat.wire.errors import ErrorCode, ProtocolError


@form
async def create_room(request: HttpRequest) -> HttpResponse:
    """Create a room by its name and go to it. If there is a room of this name, go to that one.

    The room gets an address of its name, or the one that was chosen in `room`. If a room of another name lives there,
    the answer is a question.
    """
    name = _room_name(request.POST.get("name", ""))
    slug = request.POST.get("room", "").strip() or _slug_of(name)
    try:
        created, summary = await _find_or_create(request, slug, name)
    except AddressTaken as taken:
        return await address_taken(request, name, taken)
    url = reverse("room", args=[summary.room])
    if wants_json(request):
        return json_response({"room": summary.room, "name": summary.name, "url": url}, 201 if created else 200)
    return HttpResponseRedirect(url)


def _room_name(text: str) -> str:
    """The name of a room. Raises `ProtocolError`."""
    try:
        return clean_room_name(text)
    except BadName as error:
        raise ProtocolError(ErrorCode.INVALID_NAME, reason=error) from None


def _slug_of(name: str) -> str:
    """Raises `ProtocolError`."""
    try:
        return room_slug(name)
    except BadName as error:
        raise ProtocolError(ErrorCode.INVALID_NAME, reason=error) from None


async def _find_or_create(request: HttpRequest, slug: str, name: str) -> tuple[bool, RoomSummary]:
    """Whether the room is new, and the room. Only new rooms are limited by rate. Raises `AddressTaken`."""
    hub = hub_of(request)
    existing = await hub.directory.find(name)
    if existing is not None:
        return False, existing
    if not is_room_slug(slug):
        raise ProtocolError(ErrorCode.INVALID_ROOM)
    await hub.directory.check_name(name)
    await hub.directory.check_free(slug)
    address_limiter_of(request).consume(ROOMS, loop_time())
    return await hub.directory.create(slug, name)


@form
async def choose_name(request: HttpRequest) -> HttpResponse:
    """Choose a name, or change it. It is stored in the identity cookie."""
    username = check_username(request.POST.get("username", ""))
    identity = identity_of(request)
    chosen = Identity(identity.author if identity else new_author_id(), username)
    url = local_url(request.POST.get("next", "")) or reverse("home")
    response = json_response(chosen._asdict()) if wants_json(request) else HttpResponseRedirect(url)
    set_cookie(request, response, chosen)
    return response
