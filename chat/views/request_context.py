"""What `chat/routing.py` put into the ASGI scope of a request: the hub, and the address that the limits count."""

from typing import Any

from django.http import HttpRequest

from chat.entrance.identity import identity_of
from chat.entrance.limits import ACTIONS, AddressLimiter, ConnectionLimiter
from chat.entrance.loop_clock import loop_time
from chat.rooms.history_reader import Reader
from chat.rooms.hub import Hub
from chat.rooms.room import Room
from chat.wire.commands import PostMessage, StoredCommand


def hub_of(request: HttpRequest) -> Hub:
    """The hub of this process."""
    hub: Hub = _scope(request)["chat.hub"]
    return hub


def address_of(request: HttpRequest) -> str:
    """The address of the client, as the limits count it: an IPv4 address or an IPv6 network."""
    address: str = _scope(request)["chat.address"]
    return address


def reader_of(request: HttpRequest) -> Reader:
    """Who reads the answer; the author only if there is a cookie."""
    identity = identity_of(request)
    return Reader(address_of(request), identity and identity.author)


def address_limiter_of(request: HttpRequest) -> AddressLimiter:
    """The limits of that address. Use it immediately and do not keep it."""
    return hub_of(request).address_limiters.get(address_of(request), loop_time())


def consume_stored(request: HttpRequest, room: Room, command: StoredCommand) -> None:
    """Spend what it costs the address to store a command in a room. Raises `ProtocolError` if it has no more."""
    limiter, now = ConnectionLimiter(hub_of(request).conf, address_limiter_of(request)), loop_time()
    limiter.consume(ACTIONS, now, text=command.message if isinstance(command, PostMessage) else "")
    limiter.consume_stored(command, now, creates_room=room.is_new)


def _scope(request: HttpRequest) -> dict[str, Any]:
    """The scope of an ASGIRequest. `vars`, because the type of a view's request does not declare it."""
    scope: dict[str, Any] = vars(request)["scope"]
    return scope
