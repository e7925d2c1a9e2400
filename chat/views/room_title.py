"""The form in the header that sets the topic of a room, and its name. It has the rules and limits of the WebSocket."""

import secrets
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from chat.entrance.identity import Identity, identity_of
from chat.rooms.hub import Hub
from chat.rooms.room import Room
from chat.views.endpoints import form
from chat.views.request_context import consume_stored, hub_of
from chat.views.responses import json_response, wants_json
from chat.wire.commands import COMMANDS, MAX_TOPIC, NameRoom, SetTopic, check_username
from chat.wire.errors import ErrorCode, ProtocolError

TitleCommand = TypeVar("TitleCommand", SetTopic, NameRoom)


@form
async def set_title(request: HttpRequest, room: str) -> HttpResponse:
    """Set the topic and the name of a room, and go back to it. What is as it was, or is not sent, makes no event."""
    hub = hub_of(request)
    identity = _identity(request)
    async with hub.pinned(room) as opened:
        topic, name = request.POST.get("topic", opened.log.topic), request.POST.get("name", "")
        await hub.claim_new_room(opened)
        for command in await _commands(hub, opened, topic, name):
            consume_stored(request, opened, command)
            await opened.post(identity, command)
        title = {"name": opened.log.name, "topic": opened.log.topic}
    return json_response(title) if wants_json(request) else HttpResponseRedirect(reverse("room", args=[room]))


def _identity(request: HttpRequest) -> Identity:
    """Somebody with a name. Raises `ProtocolError`."""
    identity = identity_of(request) or Identity("", "")
    return Identity(identity.author, check_username(identity.username))


async def _commands(hub: Hub, room: Room, topic: str, name: str) -> list[SetTopic | NameRoom]:
    """What changes, checked like frames. Raises `ProtocolError`."""
    client_id = secrets.token_urlsafe(12)
    found: list[SetTopic | NameRoom] = []
    if len(topic) > MAX_TOPIC:
        raise ProtocolError(ErrorCode.INVALID_FIELD, reason=f"a topic has at most {MAX_TOPIC} characters")
    set_topic = _checked(SetTopic(topic=topic, client_id=f"{client_id}.topic"))
    if set_topic.topic != room.log.topic:
        found.append(set_topic)
    name_room = _checked(NameRoom(name=name or room.name, client_id=f"{client_id}.name"))
    if name_room.name != room.name:
        await hub.check_new_name(room, name_room)
        found.append(name_room)
    return found


def _checked(command: TitleCommand) -> TitleCommand:
    """As the socket checks it. Raises `ProtocolError`."""
    checked = COMMANDS[type(command)](command, 0)
    assert isinstance(checked, type(command))
    return checked
