"""What an export holds, whatever its format. A format turns it into a stream of text; `as_*.py` hold one each."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from chat.history.reading import StoredMessage
from chat.storage import RoomInfo


class RoomHistory(NamedTuple):
    """One room of an export. `messages` can be read once, before the next room is taken."""

    room: str
    name: str
    epoch: str
    messages: Iterator[StoredMessage]


class Export(NamedTuple):
    """Everything a format needs: the time of the export (UTC, ISO 8601), the list of rooms, and their histories."""

    exported: str
    rooms: list[RoomInfo]
    histories: Iterable[RoomHistory]


Format = Callable[[Export], Iterator[str]]
