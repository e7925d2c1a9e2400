"""The form that posts a message without scripts. It has the rules and the limits of the WebSocket."""

import dataclasses
import hashlib
import re

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from chat.entrance.identity import Identity, identity_of, new_author_id, set_cookie
from chat.rooms.storage_errors import error_for
from chat.storage import StorageError
from chat.views.endpoints import form
from chat.views.errors import HTTP_STATUS
from chat.views.places import place_of_query
from chat.views.request_context import consume_stored, hub_of, reader_of
from chat.views.room import PlainForm, render_room
from chat.wire import commands
from chat.wire.commands import FetchHistory, PostMessage
from chat.wire.errors import ErrorCode, ProtocolError

MAX_NONCE = 32  # characters; a client_id has 64
_id = re.compile("[0-9]{1,16}")  # more digits are no id, and Python reads at most 4300


@form
async def post_message(request: HttpRequest, room: str) -> HttpResponse:
    """Post a message and go to the page that shows it. If it is refused, show the form again, with its text."""
    fields = request.POST
    sent = PlainForm(
        fields.get("message", ""),
        fields.get("username", ""),
        reply_to=fields.get("reply_to", ""),
        nonce=fields.get("nonce", "")[:MAX_NONCE],
    )
    try:
        identity = _identity(request, sent)
        url = await _post(request, room, identity, sent)
    except (ProtocolError, StorageError) as error:
        return await _refuse(request, room, sent, error)
    response = HttpResponseRedirect(url)
    set_cookie(request, response, identity)
    return response


def _identity(request: HttpRequest, sent: PlainForm) -> Identity:
    """The author of the cookie, under the name in the form. Raises `ProtocolError`."""
    known = identity_of(request) or Identity(new_author_id(), "")
    return Identity(known.author, commands.check_username(sent.username or known.username))


async def _post(request: HttpRequest, slug: str, identity: Identity, sent: PlainForm) -> str:
    """The URL of the message."""
    hub = hub_of(request)
    command = _command(sent, hub.conf.max_message)
    async with hub.pinned(slug) as room:
        await hub.claim_new_room(room)
        consume_stored(request, room, command)
        message_id = await room.post(identity, command)
    return f"{reverse('message', args=[slug, message_id])}#message-{message_id}"


def _command(sent: PlainForm, max_message: int) -> PostMessage:
    """The message as a frame would post it. Raises `ProtocolError`."""
    frame: dict[str, object] = {"type": "message", "message": sent.text, "client_id": _client_id(sent)}
    if sent.reply_to:
        frame["reply_to"] = int(sent.reply_to) if _id.fullmatch(sent.reply_to) else sent.reply_to
    command = commands.decode(msgspec.json.encode(frame).decode(), max_message)
    assert isinstance(command, PostMessage)
    return command


def _client_id(sent: PlainForm) -> str:
    """The same for the same text of the same form: sent twice, it is stored once.

    Somebody who goes back to the form and changes the text sends another message.
    """
    content = f"{sent.reply_to}\0{sent.text}" if sent.reply_to else sent.text
    return f"{sent.nonce}.{hashlib.sha256(content.encode()).hexdigest()[:24]}"


async def _refuse(
    request: HttpRequest, slug: str, sent: PlainForm, error: ProtocolError | StorageError
) -> HttpResponse:
    """The room with the form as it was sent, and with the reason."""
    refusal = error_for(error) if isinstance(error, StorageError) else error
    shown = dataclasses.replace(sent, problem=refusal.detail)
    newest = FetchHistory()
    response = await render_room(request, slug, lambda room: place_of_query(room, newest, reader_of(request)), shown)
    response.status_code = HTTP_STATUS[refusal.code]
    if refusal.code is ErrorCode.RATE_LIMITED:
        response.headers["Retry-After"] = str(int(refusal.retry_after or 0) + 1)
    return response
