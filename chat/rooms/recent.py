"""The newest events of a room in memory, for those who were away for a moment and for those who go live just now."""

from collections import deque
from typing import NamedTuple

from chat.wire.fanout import max_frame_bytes

MAX_RECENT_EVENTS = 1024  # as many as can be missed, by default: most who come back cost no reading and no rendering


class EncodedEvent(NamedTuple):
    """A stored event, encoded."""

    id: int
    text: str


class RecentEvents:
    """The newest events, bounded in number and in bytes (`most`)."""

    def __init__(self, floor: int, most: int) -> None:
        self._most = most
        self._floor = floor  # everything later is here
        self._entries: deque[EncodedEvent] = deque()
        self._sizes: deque[int] = deque()  # of each entry, in bytes on the wire
        self._size = 0  # of all of them

    def extend(self, entries: list[EncodedEvent]) -> None:
        """Take in what follows; the oldest make room."""
        sizes = [max_frame_bytes(entry.text) for entry in entries]
        self._entries.extend(entries)
        self._sizes.extend(sizes)
        self._size += sum(sizes)
        while len(self._entries) > MAX_RECENT_EVENTS or self._size > self._most:
            self._floor = self._entries.popleft().id
            self._size -= self._sizes.popleft()

    def reaches(self, mark: int) -> bool:
        """Whether everything later than an id is here."""
        return mark >= self._floor

    def after(self, mark: int) -> list[str]:
        """The texts of everything later than an id."""
        return [entry.text for entry in self._entries if entry.id > mark]
