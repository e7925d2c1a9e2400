"""The home page and the page of a room. A room's page shows its newest messages before any script has run."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat.entrance.identity import Identity, has_replaced_cookie, identity_of, new_author_id, set_cookie
from chat.rooms.directory import RoomSummary
from chat.rooms.room import Room
from chat.text.names import LOBBY, MAX_USERNAME
from chat.views.avatar import AvatarSigns, avatar_hue
from chat.views.endpoints import page
from chat.views.request_context import address_of, hub_of
from chat.views.responses import html_response
from chat.views.rows import message_rows, room_links
from chat.views.translations import client_translations
from chat.wire import protocol
from chat.wire.protocol import MessageEvent


@page()
async def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the lobby."""
    return redirect("room", LOBBY)


@page()
async def robots(request: HttpRequest) -> HttpResponse:
    """Ask crawlers to stay away: rooms are for the people in them, and every room's history is long."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@page(error_title=_("This room cannot be read"))
async def room_page(request: HttpRequest, room: str) -> HttpResponse:
    """The newest messages of a room, and the id after which the WebSocket continues. `room` is its slug."""
    identity = identity_of(request)
    context = await _room_context(request, room, identity or Identity("", ""))
    response = await html_response(request, "chat/room.html", context)
    if identity is None or has_replaced_cookie(request):
        set_cookie(request, response, identity or Identity(new_author_id(), ""))
    return response


async def _room_context(request: HttpRequest, slug: str, identity: Identity) -> dict[str, Any]:
    hub, address = hub_of(request), address_of(request)
    signs = AvatarSigns()
    async with hub.pinned(slug) as room:
        summaries, total = await hub.directory.newest()
        newest, last_id = await room.replay.newest_page(address)
        # No await between the two lines: the epoch in the configuration is the epoch of these messages.
        config = _client_config(room, slug, last_id, newest.complete, identity)
        messages = [event for event in newest.events if isinstance(event, MessageEvent)]
        return {
            "room": {"name": room.log.name},
            "rooms": await room_links(_with_current(room, slug, summaries), slug, hub.batch_priority),
            "more_rooms": total if total > len(summaries) else 0,
            "avatar": {"hue": avatar_hue(identity.username), "sign": signs.sign_of(identity.username)},
            "rows": await message_rows(messages, signs, hub.batch_priority),
            "complete": newest.complete,
            "username": identity.username,
            "max_username": MAX_USERNAME,
            "config": config,
            "translations": client_translations(get_language()),
        }


def _client_config(room: Room, slug: str, last_id: int, complete: bool, identity: Identity) -> dict[str, Any]:
    """What the client needs before its first frame."""
    site = get_script_prefix().rstrip("/")
    return {
        "protocol": protocol.VERSION,
        "room": slug,
        "name": room.log.name,
        "epoch": room.feed.epoch,
        "last_id": last_id,
        "complete": complete,
        "you": identity._asdict(),
        "site": site,
        "socket": f"{site}/ws/chat/{slug}/",
        "name_url": reverse("choose-name"),
        "people_url": f"{reverse('api-people')}?room={slug}",
        "all_rooms_url": reverse("api-rooms"),
        "rooms_url": f"{reverse('api-rooms')}?order=newest",
        "create_url": reverse("create-room"),
        "limits": protocol.to_builtins(room.limits),
    }


def _with_current(room: Room, slug: str, summaries: list[RoomSummary]) -> list[RoomSummary]:
    """The room list, always with the room that the page shows: it has no file before its first message."""
    if any(summary.room == slug for summary in summaries):
        return summaries
    return [*summaries, RoomSummary(slug, room.log.name, room.feed.last_delivered_id, len(room.people))]
