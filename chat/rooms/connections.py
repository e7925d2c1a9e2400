"""The connections of one room in this process, and broadcasts of frames that are not stored."""

import asyncio
import random
from collections.abc import Collection, Iterator

from chat.entrance.loop_clock import loop_time
from chat.entrance.request_id import shared_task
from chat.metrics import counted
from chat.rooms.history_reader import Reader
from chat.rooms.person import Person
from chat.wire import protocol
from chat.wire.errors import CloseCode, ProtocolError
from chat.wire.fanout import Frames, Writer, broadcast
from chat.wire.protocol import ServerFrame


class Connection:
    """One connection in a room: its writer, the person behind it, the address that it counts for, and its language.

    `live` once it was sent every event up to now: only then does it take part in broadcasts.
    """

    __slots__ = ("address", "language", "live", "person", "writer")

    def __init__(self, writer: Writer, person: Person, address: str, language: str = "en") -> None:
        self.writer = writer
        self.person = person
        self.address = address
        self.language = language
        self.live = False

    @property
    def reader(self) -> Reader:
        """The person who reads the pages that this connection is sent."""
        return Reader(self.address, self.person.author)

    def send(self, frame: ServerFrame) -> None:
        """Send a frame to this connection alone."""
        self.writer.write(Frames([protocol.encode(frame)]))

    def send_error(self, error: ProtocolError) -> None:
        """Send an error to this connection, in its language."""
        counted.ERRORS.add(error.code)
        self.send(protocol.error_frame(error, self.language))


class Connections:
    """A set of connections, in the order in which they joined."""

    def __init__(self) -> None:
        self._connections: dict[Connection, None] = {}
        self._broadcasts: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._connections)

    def __contains__(self, connection: object) -> bool:
        return connection in self._connections

    def add(self, connection: Connection) -> None:
        """Add a connection; it is not live yet."""
        self._connections[connection] = None

    def remove(self, connection: Connection) -> None:
        """Remove a connection. Raises KeyError if it is not here."""
        del self._connections[connection]

    def authors(self) -> set[str]:
        """The author ids of everybody here."""
        return {one.person.author for one in self._connections}

    def live_writers(self, excluding: Person | None = None) -> list[Writer]:
        """The writers that a broadcast goes to, without those of one person."""
        return [one.writer for one in self._connections if one.live and one.person is not excluding]

    def broadcast_soon(self, frame: ServerFrame, excluding: Person | None = None) -> None:
        """Send a frame that is not stored. It has no place in the order of the stored events."""
        writers = self.live_writers(excluding)
        task = shared_task(broadcast(writers, Frames([protocol.encode(frame)])))
        self._broadcasts.add(task)
        task.add_done_callback(self._broadcasts.discard)

    def send_error(self, error: ProtocolError) -> None:
        """Send an error to every live connection, to each in its language."""
        for connection in self._connections:
            if connection.live:
                connection.send_error(error)

    def send_to(self, person: Person, frame: ServerFrame) -> None:
        """Send a frame to every live connection of a person."""
        for connection in self._connections:
            if connection.live and connection.person is person:
                connection.send(frame)

    def close_going_away(self) -> None:
        """Close every connection with 4000: the client reconnects, and resumes."""
        for connection in self._connections:
            connection.writer.close(CloseCode.GOING_AWAY)


async def close_evenly(writers: Collection[Writer], seconds: float) -> None:
    """Close connections with 4000 one after the other, in any order, the last one before the time is over."""
    begin = loop_time()
    for number, writer in enumerate(random.sample([*writers], len(writers))):
        await asyncio.sleep(begin + seconds * number / len(writers) - loop_time())
        writer.close(CloseCode.GOING_AWAY)
