"""A message of a client without a connection: of a form. For the parts of a room its sender is a connection too.

So the message takes the path of every other one, and its sender is answered like every other: by the event, once it is
delivered, or by an error.
"""

import asyncio
import contextlib

import msgspec

from chat.rooms.connections import Connection
from chat.rooms.person import Person
from chat.rooms.storage_errors import RETRY_AFTER_SECONDS
from chat.wire.errors import ErrorCode, ProtocolError
from chat.wire.fanout import Frames

ANSWER_SECONDS = 30.0  # for which a browser waits; what is stored later is found by the same client_id


class _Answer(msgspec.Struct):
    """The fields of a frame that show whether it is the answer."""

    id: int = 0
    author: str = ""
    client_id: str | None = None


_decoder = msgspec.json.Decoder(_Answer)


class SinglePost(Connection):
    """A connection that lives until its one message is answered."""

    __slots__ = ()
    writer: "AnswerWriter"

    def __init__(self, author: str, username: str, client_id: str) -> None:
        super().__init__(AnswerWriter(author, client_id), Person(username, author, username), "")
        self.live = True  # it is told of every event

    def send_error(self, error: ProtocolError) -> None:
        """The message is not stored."""
        self.writer.end(error)

    async def answer(self) -> int:
        """The id of the message, once it is delivered. Raises `ProtocolError`."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self.writer.id
        except TimeoutError:
            raise ProtocolError(ErrorCode.STORAGE_UNAVAILABLE, retry_after=RETRY_AFTER_SECONDS) from None


class AnswerWriter:
    """The writer that looks for the event of one message among all frames of the room."""

    pending_bytes = 0

    def __init__(self, author: str, client_id: str) -> None:
        self.id: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._author = author
        self._client_id = client_id

    def write(self, frames: Frames) -> None:
        """Find the answer."""
        for text in frames.texts:
            if self._client_id in text:
                self._read(text)

    def _read(self, text: str) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            answer = _decoder.decode(text)
            if (answer.author, answer.client_id) == (self._author, self._client_id) and not self.id.done():
                self.id.set_result(answer.id)

    def close(self, code: int) -> None:
        """The server is about to stop."""
        self.end(ProtocolError(ErrorCode.GOING_AWAY, retry_after=RETRY_AFTER_SECONDS))

    def end(self, error: ProtocolError) -> None:
        """There will be no event."""
        if not self.id.done():
            self.id.set_exception(error)

    @property
    def disconnected(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.id.done()

    finished = disconnected
