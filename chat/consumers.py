"""Step 1 on the path of a message: one connection. It receives frames, answers, and closes misbehaving clients."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import parse_cookie

from chat.entrance.identity import Identity, from_cookies, new_author_id
from chat.entrance.language import language_of
from chat.entrance.limits import (
    ACTIONS,
    BAD_FRAMES_BLOCK_SECONDS,
    FLOOD_BLOCK_SECONDS,
    FRAMES,
    JOINS,
    MAX_RATE_ERRORS,
    AddressLimiter,
    ConnectionLimiter,
)
from chat.entrance.loop_clock import loop_time
from chat.metrics import counted
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.rooms.replay import ResumePosition
from chat.rooms.room import Room
from chat.rooms.storage_errors import error_for
from chat.storage import RoomUnusable, StorageError, StorageForbidden
from chat.text.names import is_room_slug
from chat.wire import commands, protocol
from chat.wire.commands import Command, StoredCommand
from chat.wire.errors import CloseCode, ErrorCode, ProtocolError
from chat.wire.fanout import Frames, Writer

GUEST = "guest"
# Close codes for errors during the join; any other error closes with 4100, JOIN_REFUSED.
CLOSE_CODES = {
    ErrorCode.RATE_LIMITED: CloseCode.RATE_LIMITED,
    ErrorCode.TOO_MANY_CONNECTIONS: CloseCode.TOO_MANY_CONNECTIONS,
}
logger = logging.getLogger(__name__)


async def _accepted() -> None:
    """The handshake is over already."""


class ChatConsumer(AsyncWebsocketConsumer):
    """A client in a room.

    An ASGI server calls the consumer. chatsite's own server calls `open`, `take` and `leave` instead: so an idle
    connection needs no task. Both ways run the same code.
    """

    # The consumer joins no group: each process joins a room's group once, in chat/rooms/channel_group.py.
    __slots__ = (
        "_address_limiter",
        "_bad_frames",
        "_language",
        "_limiter",
        "_rate_errors",
        "base_send",
        "connection",
        "hub",
        "room",
        "scope",
        "writer",
    )
    scope: Any  # chat/routing.py adds chat.hub, chat.address and chat.writer
    writer: Writer
    _limiter: ConnectionLimiter
    _language: str  # of errors

    def __init__(self, hub: Hub) -> None:
        """`Channels` would add a list of groups here."""
        self.hub = hub
        self.room: Room | None = None
        self.connection: Connection | None = None
        self._address_limiter: AddressLimiter | None = None
        self._bad_frames = 0  # in a row
        self._rate_errors = 0  # in a row

    # For ASGI servers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the connection until it closes, fails or is cancelled; then it leaves its room.

        The inherited method also listens to the channel layer, with two tasks for every frame. Here there is no need.
        """
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self.leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler of an ASGI message. Channels would close database connections in a thread before."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_connect(self, message: Any) -> None:
        """Accept the connection and join the room."""
        await self.open(self.scope, self.scope["chat.writer"], self.accept)

    async def websocket_receive(self, message: Any) -> None:
        """Carry out one frame."""
        waiting = self.take(message.get("text"), message.get("bytes"))
        if waiting is not None:
            await waiting

    async def websocket_disconnect(self, message: Any) -> None:
        """End `__call__`, which cleans up. Channels would close database connections here too."""
        raise StopConsumer

    # Joining

    async def open(self, scope: Any, writer: Writer, accept: Callable[[], Awaitable[None]] = _accepted) -> None:
        """Join the room in the URL. An error is sent before the connection is closed.

        `accept` ends the handshake, if the caller has not done so. Who cancels this calls `leave` when it has ended.
        """
        self.writer = writer
        self._language = language_of(scope["headers"])
        try:
            await self._admit(scope, accept)
            await self._join(scope)
        except ProtocolError as error:
            self._send_error(error)
            self.writer.close(CLOSE_CODES.get(error.code, CloseCode.JOIN_REFUSED))
        except StorageError as error:
            logger.error("a room cannot be opened: %s", error)
            self._send_error(error_for(error))
            is_final = isinstance(error, (RoomUnusable, StorageForbidden))
            self.writer.close(CloseCode.ROOM_UNAVAILABLE if is_final else CloseCode.GOING_AWAY)  # or the client retries

    async def _admit(self, scope: Any, accept: Callable[[], Awaitable[None]]) -> None:
        try:
            self._address_limiter = await self.hub.address_limiters.admit(scope["chat.address"])
            self._limiter = ConnectionLimiter(self.hub.conf, self._address_limiter)
        finally:  # a refused client can be told the reason only after the handshake
            await accept()
            counted.CONNECTED.value += 1

    async def _join(self, scope: Any) -> None:
        slug = scope["url_route"]["kwargs"]["slug"]
        if not is_room_slug(slug):
            raise ProtocolError(ErrorCode.INVALID_ROOM)
        query = _query(scope)
        known, position = _known_identity(scope), _position(query)
        identity = _identity(known, query)
        if self._close_if_shutting_down():
            return
        # The pin covers the join only: a room with a connection is not closed.
        async with self.hub.pinned(slug) as self.room:
            await self.hub.check_new_room(self.room)
            has_cookie = bool(known and known.username)
            self.connection = await self.room.join(
                self.writer,
                identity,
                position,
                scope["chat.address"],
                has_cookie=has_cookie,
                language=self._language,
            )
        self._close_if_shutting_down()  # shutdown may have closed the other connections before this one joined

    def _close_if_shutting_down(self) -> bool:
        """Close the connection if the server shuts down; whether it does."""
        if self.hub.shutting_down:
            self.writer.close(CloseCode.GOING_AWAY)
        return self.hub.shutting_down

    # Frames

    def take(self, text: str | None, data: bytes | None) -> Awaitable[None] | None:
        """One frame: decoded, checked and carried out, or answered with an error.

        None: that is done. Otherwise await the result before the next frame; it raises nothing that is to be handled.
        Frames before the end of `open` and after `leave` are ignored.
        """
        room, connection = self.room, self.connection
        if room is None or connection is None:
            return None
        try:
            if text is None:
                raise ProtocolError(ErrorCode.INVALID_FRAME, reason="this one is binary")
            command = commands.decode(text, self.hub.conf.max_message)
        except ProtocolError as error:
            self._on_bad_frame(error)
            return None
        self._bad_frames = 0
        counted.FRAMES.add(str(command.__struct_config__.tag))
        handler = HANDLERS[type(command)]
        try:
            waiting = self._carry_out(handler, command, room, connection)
        except ProtocolError as error:
            self._on_refusal(error)
            return None
        if waiting is not None:
            return self._wait_for(waiting, handler)
        self._on_carried_out(handler)
        return None

    def _carry_out(
        self, handler: "Handler", command: Command, room: Room, connection: Connection
    ) -> Awaitable[None] | None:
        now, client_id = loop_time(), getattr(command, "client_id", None)
        self._limiter.consume(FRAMES, now, client_id)
        if handler.is_action:
            self._limiter.consume(ACTIONS, now, client_id, handler.rendered_text(command))
        return handler.run(self, room, connection, command)

    async def _wait_for(self, waiting: Awaitable[None], handler: "Handler") -> None:
        try:
            await waiting
        except ProtocolError as error:
            self._on_refusal(error)
        except StorageError as error:
            logger.error("history cannot be read: %s", error)
            self._send_error(error_for(error))
        else:
            self._on_carried_out(handler)

    def _on_carried_out(self, handler: "Handler") -> None:
        if handler.is_action:
            self._rate_errors = 0

    def _publish(self, room: Room, connection: Connection, command: StoredCommand) -> Awaitable[None] | None:
        if room.is_unnamed:
            return self._publish_first(room, connection, command)
        self._store(room, connection, command)
        return None

    async def _publish_first(self, room: Room, connection: Connection, command: StoredCommand) -> None:
        await self._claim_new_room(room, command)
        self._store(room, connection, command)

    async def _claim_new_room(self, room: Room, command: StoredCommand) -> None:
        try:
            await self.hub.claim_new_room(room, command.client_id)
        except StorageError as error:
            raise error_for(error, command.client_id) from error

    def _store(self, room: Room, connection: Connection, command: StoredCommand) -> None:
        self._limiter.consume_stored(command, loop_time(), creates_room=room.is_new)
        room.publish(connection, command)

    def _delete(self, room: Room, connection: Connection, command: commands.DeleteMessage) -> None:
        """Without a cost in stored bytes: who has spent them can still take out what they have said."""
        room.publish(connection, command)

    async def _name_room(self, room: Room, connection: Connection, command: commands.NameRoom) -> None:
        await self._claim_new_room(room, command)
        await self.hub.check_new_name(room, command)
        self._store(room, connection, command)

    def _notify_typing(self, room: Room, connection: Connection, command: commands.NotifyTyping) -> None:
        room.typing(connection)

    def _rename(self, room: Room, connection: Connection, command: commands.Rename) -> None:
        room.rename(connection, command.username)

    async def _fetch_history(self, room: Room, connection: Connection, command: commands.FetchHistory) -> None:
        connection.send(await room.page(command, connection.reader))

    def _ping(self, room: Room, connection: Connection, command: commands.Ping) -> None:
        connection.send(protocol.PongFrame())

    def _on_bad_frame(self, error: ProtocolError) -> None:
        """Answer a frame that is no command. A client that sends nothing else is broken, and is closed."""
        try:
            self._limiter.consume(FRAMES, loop_time(), error.client_id)
        except ProtocolError as rate_limited:
            return self._on_refusal(rate_limited)
        self._send_error(error)
        self._bad_frames += 1
        if self._bad_frames >= protocol.MAX_BAD_FRAMES:
            self._send_error(ProtocolError(ErrorCode.TOO_MANY_BAD_FRAMES))
            self._close_and_block(CloseCode.TOO_MANY_BAD_FRAMES, BAD_FRAMES_BLOCK_SECONDS)

    def _on_refusal(self, error: ProtocolError) -> None:
        """Answer a command that was not carried out. A client that ignores the rate limit is a flood, and is closed."""
        self._send_error(error)
        self._rate_errors = self._rate_errors + 1 if error.code is ErrorCode.RATE_LIMITED else 0
        if self._rate_errors >= MAX_RATE_ERRORS:
            self._close_and_block(CloseCode.RATE_LIMITED, FLOOD_BLOCK_SECONDS)

    def _send_error(self, error: ProtocolError) -> None:
        counted.ERRORS.add(error.code)
        self.writer.write(Frames([protocol.encode(protocol.error_frame(error, self._language))]))

    def _close_and_block(self, code: CloseCode, seconds: float) -> None:
        """Close, ignore further frames, and admit no connection of this address for this many seconds."""
        assert self._address_limiter is not None, "a connection was admitted before it sends frames"
        self.writer.close(code)
        self._address_limiter.block(JOINS, loop_time(), seconds)
        self._leave_room()

    def leave(self) -> None:
        """The connection is gone. May be called again, but not while `open` runs."""
        self._leave_room()
        if self._address_limiter is not None:
            self.hub.address_limiters.leave(self._address_limiter)
            self._address_limiter = None

    def _leave_room(self) -> None:
        if self.room is not None and self.connection is not None:
            self.room.leave(self.connection)
            self.hub.open_rooms.release_file(self.room.log.room)
        self.room = self.connection = None


def _no_text(command: Any) -> str:
    return ""


def _message_text(command: commands.PostMessage | commands.EditMessage) -> str:
    return command.message


class Handler(NamedTuple):
    """How a command is carried out.

    `run` is called with the consumer, the room, the connection and the command; it may be a coroutine function.
    `is_action`: whether the command counts against the rate of messages, and not only against that of frames.
    `rendered_text`: the text that is rendered for other clients; an expensive one counts as several messages.
    """

    run: Callable[[ChatConsumer, Room, Connection, Any], Awaitable[None] | None]
    is_action: bool = True
    rendered_text: Callable[[Any], str] = _no_text


# One row for each row of `commands.COMMANDS`.
HANDLERS: dict[type[Command], Handler] = {
    commands.PostMessage: Handler(ChatConsumer._publish, rendered_text=_message_text),
    commands.EditMessage: Handler(ChatConsumer._publish, rendered_text=_message_text),
    commands.DeleteMessage: Handler(ChatConsumer._delete),
    commands.React: Handler(ChatConsumer._publish),
    commands.SetTopic: Handler(ChatConsumer._publish),
    commands.NameRoom: Handler(ChatConsumer._name_room),
    commands.NotifyTyping: Handler(ChatConsumer._notify_typing),
    commands.FetchHistory: Handler(ChatConsumer._fetch_history),
    commands.Rename: Handler(ChatConsumer._rename),
    commands.Ping: Handler(ChatConsumer._ping, is_action=False),
}
if mismatch := HANDLERS.keys() ^ commands.COMMANDS.keys():
    raise ImportError(f"without a row in both tables, HANDLERS and commands.COMMANDS: {mismatch}")


def _query(scope: dict[str, Any]) -> dict[str, str]:
    try:
        return dict(parse_qsl(scope["query_string"].decode("ascii"), max_num_fields=10))
    except ValueError:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason="its query cannot be read") from None


def _known_identity(scope: dict[str, Any]) -> Identity | None:
    return from_cookies(parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin1")))


def _identity(known: Identity | None, query: dict[str, str]) -> Identity:
    """The author of the cookie, or a new one. The name in the cookie is preferred to the one in the query."""
    author, username = known or Identity(new_author_id(), "")
    return Identity(author, commands.check_username(username or query.get("username") or GUEST))


def _position(query: dict[str, str]) -> ResumePosition | None:
    since = query.get("since")
    if since is None:
        return None
    if not (since.isascii() and since.isdigit() and len(since) <= 16):
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason="since is the id of an event")
    return ResumePosition(int(since), query.get("epoch"))
