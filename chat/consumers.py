"""Step 1 on the path of a message: one connection. It receives and replies, and knows no rules."""

import logging
from typing import Any
from urllib.parse import parse_qsl

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import parse_cookie

from chat.entrance.identity import COOKIE, Identity, from_cookie, new_author
from chat.entrance.limits import (
    BAD_FRAMES_BLOCK_SECONDS,
    FLOOD_BLOCK_SECONDS,
    MAX_RATE_ERRORS,
    AddressLimiter,
    ConnectionLimiter,
    loop_time,
)
from chat.rooms.feed import ResumePosition
from chat.rooms.hub import Hub
from chat.rooms.room import Connection, Room, error_for
from chat.storage import RoomUnavailable, StorageError
from chat.text.names import is_room
from chat.wire import protocol
from chat.wire.fanout import Frames, Writer
from chat.wire.protocol import CloseCode, Command, ErrorCode, ProtocolError

GUEST = "guest"
CLOSES = {ErrorCode.RATE_LIMITED: CloseCode.RATE, ErrorCode.TOO_MANY_CONNECTIONS: CloseCode.TOO_MANY_CONNECTIONS}
logger = logging.getLogger(__name__)


class ChatConsumer(AsyncWebsocketConsumer):
    """A client in a room."""

    # Each process joins a room's group once, on behalf of all its connections: chat/rooms/feed.py.
    scope: Any  # with what chat/routing.py put into it

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self.hub = hub
        self.room: Room | None = None
        self.connection: Connection | None = None
        self._address: AddressLimiter | None = None
        self._bad_frames = 0
        self._refused_frames = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the connection; however it ends, also by an exception or a cancellation, it leaves the room.

        Channels waits for its layer too, with two tasks for every frame; there is no layer to wait for here.
        """
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self._leave()
            if self._address is not None:
                self.hub.addresses.leave(self._address)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As Channels does, without its trip to a thread for database connections: a consumer has none."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_disconnect(self, message: Any) -> None:
        """Nothing but the end, which is in `__call__`: Channels makes the same trip here, and calls `disconnect`."""
        raise StopConsumer

    async def connect(self) -> None:
        """Accept, and join the room of the address. What is wrong with it is said before the connection closes."""
        self.writer: Writer = self.scope["chat.writer"]
        try:
            await self._enter()
            await self._join()
        except ProtocolError as error:
            self._answer(error)
            self.writer.close(CLOSES.get(error.code, CloseCode.REFUSED))
        except StorageError as error:
            logger.error("a room cannot be opened: %s", error)
            self._answer(error_for(error))
            self.writer.close(
                CloseCode.ROOM_UNAVAILABLE if isinstance(error, RoomUnavailable) else CloseCode.GOING_AWAY
            )

    async def _enter(self) -> None:
        try:
            self._address = await self.hub.addresses.admit(self.scope["chat.address"])
            self._pace = ConnectionLimiter(self.hub.conf, self._address)
        finally:  # why somebody may not come in can only be said once the connection is accepted
            await self.accept()

    async def _join(self) -> None:
        name = self.scope["url_route"]["kwargs"]["room"]
        if not is_room(name):
            raise ProtocolError(ErrorCode.INVALID_ROOM)
        query = _query(self.scope)
        identity, position = _identity(self.scope, query), _position(query)
        if self._maybe_send_off():
            return
        async with self.hub.pinned(name) as self.room:
            self.connection = await self.room.join(self.writer, identity, position, self.scope["chat.address"])
        self._maybe_send_off()  # who was there before may have been told already

    def _maybe_send_off(self) -> bool:
        if self.hub.closing:
            self.writer.close(CloseCode.GOING_AWAY)
        return self.hub.closing

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame: decoded, checked and acted on, or answered with an error."""
        if self.room is None or self.connection is None:
            return
        try:
            if text_data is None:
                raise ProtocolError(ErrorCode.INVALID_FRAME, reason="this one is binary")
            command = protocol.decode(text_data, self.hub.conf.max_message)
        except ProtocolError as error:
            return self._bad_frame(error)
        self._bad_frames = 0
        try:
            await self._act(self.room, self.connection, command)
        except ProtocolError as error:
            self._refuse(error)
        except StorageError as error:
            logger.error("a page cannot be read: %s", error)
            self._answer(error_for(error))

    async def _act(self, room: Room, connection: Connection, command: Command) -> None:
        now, client_id = loop_time(), getattr(command, "client_id", None)
        self._pace.frame(now, client_id)
        if isinstance(command, protocol.Ping):
            return connection.send(protocol.PongEvent())
        self._pace.effect(now, client_id, getattr(command, "message", ""))
        self._refused_frames = 0
        match command:
            case protocol.PostMessage():
                if room.is_new:
                    self._pace.room(now, client_id)
                room.publish(connection, command)
            case protocol.NotifyTyping():
                room.typing(connection)
            case protocol.Rename():
                room.rename(connection, protocol.check_username(command.username))
            case protocol.FetchHistory():
                await room.history(connection, command)

    def _answer(self, error: ProtocolError) -> None:
        self.writer.write(Frames([protocol.encode(protocol.error_event(error))]))

    def _bad_frame(self, error: ProtocolError) -> None:
        """Say what is wrong with it. A client that sends nothing else is broken, and closed."""
        try:
            self._pace.frame(loop_time(), error.client_id)
        except ProtocolError as too_fast:
            return self._refuse(too_fast)
        self._answer(error)
        self._bad_frames += 1
        if self._bad_frames >= protocol.MAX_BAD_FRAMES:
            self._answer(ProtocolError(ErrorCode.TOO_MANY_BAD_FRAMES))
            self._cut(CloseCode.BAD_FRAMES, BAD_FRAMES_BLOCK_SECONDS)

    def _refuse(self, error: ProtocolError) -> None:
        """Say why it was not done. A client that does not slow down when it is told to is a flood, and closed."""
        self._answer(error)
        if error.code is ErrorCode.RATE_LIMITED:
            self._refused_frames += 1
            if self._refused_frames >= MAX_RATE_ERRORS:
                self._cut(CloseCode.RATE, FLOOD_BLOCK_SECONDS)

    def _cut(self, code: CloseCode, seconds: float) -> None:
        """Close, hear nothing more, and let nobody of this address in for so long."""
        assert self._address is not None, "only who came in is cut off"
        self.writer.close(code)
        self._address.joins.block(loop_time(), seconds)
        self._leave()

    def _leave(self) -> None:
        if self.room is not None and self.connection is not None:
            self.room.leave(self.connection)
        self.room = self.connection = None


def _query(scope: dict[str, Any]) -> dict[str, str]:
    try:
        return dict(parse_qsl(scope["query_string"].decode("ascii"), max_num_fields=10))
    except ValueError:
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason="its query cannot be read") from None


def _identity(scope: dict[str, Any], query: dict[str, str]) -> Identity:
    """Who is there: by the cookie, else a new author. The cookie's name counts before the one in the address."""
    cookies = parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin1"))
    known = from_cookie(cookies.get(COOKIE)) or Identity(new_author(), "")
    return Identity(known.author, protocol.check_username(known.username or query.get("username") or GUEST))


def _position(query: dict[str, str]) -> ResumePosition | None:
    since = query.get("since")
    if since is None:
        return None
    if not (since.isascii() and since.isdigit() and len(since) <= 16):
        raise ProtocolError(ErrorCode.INVALID_QUERY, reason="since is the id of an event")
    return ResumePosition(int(since), query.get("epoch"))
