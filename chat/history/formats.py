"""What goes into an export, whatever its format. A format turns it into a stream of text; `as_*.py` hold one each."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from chat.history.reading import Said
from chat.storage import RoomInfo


class History(NamedTuple):
    """One room on its way out. `messages` can be read once, before the next room is taken."""

    room: str
    name: str
    epoch: str
    messages: Iterator[Said]


class Export(NamedTuple):
    """All that a format needs: when (UTC, ISO 8601), which rooms are to come, and the rooms."""

    exported: str
    rooms: list[RoomInfo]
    histories: Iterable[History]


Format = Callable[[Export], Iterator[str]]
