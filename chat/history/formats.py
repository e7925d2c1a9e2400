"""What an export holds, whatever its format. A format turns it into a stream of text; `as_*.py` hold one each."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from chat.history.reading import Entry, StoredMessage
from chat.storage import Record, RoomInfo


class RoomHistory(NamedTuple):
    """One room of an export. `entries` can be read once, before the next room is taken.

    They are messages as they are now, and notices; in an export of events (`--events`) the records as they were stored.
    """

    room: str
    name: str
    epoch: str
    entries: Iterator[Entry | Record]


class Export(NamedTuple):
    """Everything a format needs: the time of the export (UTC, ISO 8601), the list of rooms, and their histories."""

    exported: str
    rooms: list[RoomInfo]
    histories: Iterable[RoomHistory]


Format = Callable[[Export], Iterator[str]]


def reactions(message: StoredMessage) -> str:
    """For people: `👍 ada, bob; 🎉 ada`."""
    return "; ".join(f"{each.emoji} {', '.join(each.usernames)}" for each in message.reactions)


def readable(history: RoomHistory) -> Iterator[Entry]:
    """The entries of a room for people, which are never records."""
    return (entry for entry in history.entries if not isinstance(entry, Record))
