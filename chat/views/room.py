"""The home page and the pages of a room: its newest messages, readable before any script has run, and older ones.

The page of the newest messages is live: its scripts take it over. Pages of older messages are plain documents.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat.entrance.identity import Identity, has_replaced_cookie, identity_of, new_author_id, set_cookie
from chat.rooms.directory import RoomSummary
from chat.rooms.room import Room
from chat.rooms.room_news import numbers_of
from chat.text.names import LOBBY, MAX_ROOM_NAME, MAX_USERNAME
from chat.views.avatar import AvatarSigns, avatar_hue
from chat.views.endpoints import page
from chat.views.notices import notices
from chat.views.offline import worker_url
from chat.views.places import Place, place_of_message, place_of_query
from chat.views.query import date_query, history_query
from chat.views.request_context import hub_of, reader_of
from chat.views.responses import html_response
from chat.views.rows import message_rows, room_links
from chat.views.translations import client_translations
from chat.wire import protocol
from chat.wire.commands import MAX_TOPIC
from chat.wire.protocol import MessageEvent

FindPlace = Callable[[Room], Awaitable[Place]]

EMOJI_DATA = "chat/emoji/{language}.json"  # of the picker and the completion


@page()
async def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the lobby."""
    return redirect("room", LOBBY)


@page()
async def robots(request: HttpRequest) -> HttpResponse:
    """Ask crawlers to stay away: rooms are for the people in them, and every room's history is long."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@dataclass(frozen=True)
class PlainForm:
    """What the form for browsers without scripts holds: after a refusal, what was typed, and why it was refused."""

    text: str = ""
    username: str | None = None  # None: the one in the cookie
    problem: str = ""
    reply_to: str = ""  # the id of the message that it answers
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(12))  # makes sending it again safe


@page(error_title=_("This room cannot be read"))
async def room_page(request: HttpRequest, room: str) -> HttpResponse:
    """The newest messages of a room, or with `?before=` or `?after=` those before or after an id. `room`: its slug.

    With `?date=` a redirect to the first message since then.
    """
    query = history_query(request)
    if (moment := date_query(request)) is not None:
        return await _redirect_to_date(request, room, moment)
    return await render_room(request, room, lambda opened: place_of_query(opened, query, reader_of(request)))


async def _redirect_to_date(request: HttpRequest, slug: str, moment: datetime) -> HttpResponse:
    """To the newest page if nothing was said since."""
    async with hub_of(request).pinned(slug) as room:
        message_id = await room.replay.first_since(moment)
    return redirect("room", slug) if message_id is None else redirect("message", slug, message_id)


@page(error_title=_("This room cannot be read"))
async def message_page(request: HttpRequest, room: str, message_id: int) -> HttpResponse:
    """A message among those around it: the address that people share. 404, with what is around it, if it is gone."""
    return await render_room(request, room, lambda opened: place_of_message(opened, message_id, reader_of(request)))


async def render_room(
    request: HttpRequest, slug: str, find_place: FindPlace, form: PlainForm | None = None
) -> HttpResponse:
    """A page of a room, with the form as it is to be shown. Raises `ProtocolError` and `StorageError`."""
    identity = identity_of(request)
    context = await _room_context(request, slug, find_place, identity or Identity("", ""))
    response = await html_response(request, "chat/room.html", {**context, "form": form or PlainForm()})
    response.status_code = 404 if context["is_gone"] else 200
    if identity is None or has_replaced_cookie(request):
        set_cookie(request, response, identity or Identity(new_author_id(), ""))
    return response


async def _room_context(request: HttpRequest, slug: str, find_place: FindPlace, identity: Identity) -> dict[str, Any]:
    hub = hub_of(request)
    signs = AvatarSigns()
    async with hub.pinned(slug) as room:
        summaries, total = await hub.directory.newest()
        place = await find_place(room)
        # No await between the two lines: the epoch in the configuration is the epoch of these messages.
        config = _client_config(room, slug, place, identity)
        messages = [event for event in place.events if isinstance(event, MessageEvent)]
        return {
            "room": {
                "name": room.log.name,
                "topic": room.log.topic,
                "address": request.build_absolute_uri(config["room_url"]),
            },
            "pages": place.links,
            "is_gone": place.is_gone,
            "rooms": await room_links(_with_current(room, slug, summaries), slug, hub.batch_priority),
            "more_rooms": total if total > len(summaries) else 0,
            "avatar": {"hue": avatar_hue(identity.username), "sign": signs.sign_of(identity.username)},
            "is_empty": place.links.is_newest and place.links.is_first and not messages,
            "title_url": reverse("set-title", args=[slug]),
            "max_topic": MAX_TOPIC,
            "max_room_name": MAX_ROOM_NAME,
            "post_url": reverse("post-message", args=[slug]),
            "rows": await message_rows(messages, signs, hub.batch_priority, place.linked_id, notices(place.events)),
            "username": identity.username,
            "max_username": MAX_USERNAME,
            "config": config,
            "translations": client_translations(get_language()),
        }


def _client_config(room: Room, slug: str, place: Place, identity: Identity) -> dict[str, Any]:
    """What the client needs before its first frame."""
    site = get_script_prefix().rstrip("/")
    return {
        "protocol": protocol.VERSION,
        "room": slug,
        "name": room.log.name,
        "topic": room.log.topic,
        "epoch": room.feed.epoch,
        "last_id": place.last_id,
        "complete": place.complete,
        "you": identity._asdict(),
        "site": site,
        "socket": f"{site}/ws/chat/{slug}/",
        "room_url": reverse("room", args=[slug]),
        "name_url": reverse("choose-name"),
        "search_url": f"{reverse('search')}?room={slug}",
        "people_url": f"{reverse('api-people')}?room={slug}",
        "all_rooms_url": reverse("api-rooms"),
        "rooms_url": f"{reverse('api-rooms')}?order=newest",
        "worker_url": worker_url(),
        "on_demand_css_url": static("chat/css/on-demand.css"),
        "create_url": reverse("create-room"),
        "any_room_url": reverse("room", args=[LOBBY]).replace(LOBBY, "{room}"),
        "messages_url": reverse("api-messages", args=[LOBBY]).replace(LOBBY, "{room}"),
        "emoji_url": static(EMOJI_DATA.format(language=get_language())),
        "badge_url": reverse("icon-badge", args=[0]).replace("icon-0", "icon-{count}"),
        "numbers": protocol.to_builtins(numbers_of(slug, room.name, room.tally)),
        "limits": protocol.to_builtins(room.limits),
    }


def _with_current(room: Room, slug: str, summaries: list[RoomSummary]) -> list[RoomSummary]:
    """The room list, always with the room that the page shows: it has no file before its first message."""
    if any(summary.room == slug for summary in summaries):
        return summaries
    return [*summaries, RoomSummary(slug, room.log.name, room.feed.last_delivered_id, len(room.people))]
