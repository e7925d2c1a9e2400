"""The welcome frame: the first one on a connection, and again when a room's clients have to begin anew."""

from typing import Any

from chat.rooms.connections import Connection, Connections
from chat.rooms.history_reader import SharedPage
from chat.rooms.presence import People
from chat.storage import RoomLog
from chat.wire import protocol
from chat.wire.fanout import Frames


class Welcome:
    """Welcomes connections to one room."""

    def __init__(self, log: RoomLog, limits: protocol.WelcomeLimits, people: People, connections: Connections) -> None:
        self._log = log
        self._limits = limits
        self._people = people
        self._connections = connections
        self._listed: list[protocol.Member] = []
        self._encoded: Any = self._listed

    def send(self, connection: Connection, epoch: str, last_id: int, *, reset: bool = False) -> None:
        """Welcome one connection. `reset`: the client drops what it shows, and the newest page follows."""
        connection.send(
            protocol.WelcomeFrame(
                protocol=protocol.VERSION,
                room=self._log.room,
                name=self._log.name,
                epoch=epoch,
                you=connection.person.you,
                last_id=last_id,
                members=self._members(),
                count=len(self._people),
                limits=self._limits,
                topic=self._log.topic,
                reset=reset,
            )
        )

    def _members(self) -> Any:
        """Encoded when they have changed, and not for each of the many who come after a restart."""
        members = self._people.members()
        if members is not self._listed:
            self._listed, self._encoded = members, protocol.encoded_once(members)
        return self._encoded

    def reset_all(self, epoch: str, last_id: int, page: SharedPage) -> None:
        """Welcome every live connection anew, with the newest page. It is encoded once for all who are not on it."""
        shared = Frames([protocol.encode(page.frame)])
        for connection in self._connections:
            if connection.live:
                self.send(connection, epoch, last_id, reset=True)
                own = page.for_reader(connection.person.author)
                connection.writer.write(shared if own is page.frame else Frames([protocol.encode(own)]))
