"""What takes the messages of a WebSocket."""

from collections.abc import Awaitable
from typing import Any, Protocol

from chat.wire.fanout import Writer


class Consumer(Protocol):
    """The application of one connection. chat/consumers.py has the one of the chat."""

    async def open(self, scope: Any, writer: Writer) -> None:
        """Begin. The handshake is answered with the first write, or when this ends."""

    def take(self, text: str | None, data: bytes | None) -> Awaitable[None] | None:
        """One message. It is done, unless there is something to wait for; the next one is taken after that."""

    def leave(self) -> None:
        """The connection is closed."""
