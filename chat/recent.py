"""The newest events of a room in memory, for those who were away for a moment and for those who go live just now."""

from collections import deque
from typing import NamedTuple

RECENT_EVENTS = 512


class Entry(NamedTuple):
    """A stored event, encoded."""

    id: int
    text: str

    @property
    def size(self) -> int:
        """Its bytes on the wire."""
        return len(self.text.encode())


class Recent:
    """The newest events, bounded in number and in bytes (`most`)."""

    def __init__(self, floor: int, most: int) -> None:
        self._most = most
        self._floor = floor  # everything later is here
        self._entries: deque[Entry] = deque()
        self._size = 0

    def extend(self, entries: list[Entry]) -> None:
        """Take in what follows; the oldest make room."""
        self._entries.extend(entries)
        self._size += sum(entry.size for entry in entries)
        while len(self._entries) > RECENT_EVENTS or self._size > self._most:
            oldest = self._entries.popleft()
            self._floor = oldest.id
            self._size -= oldest.size

    def reaches(self, mark: int) -> bool:
        """Whether everything later than an id is here."""
        return mark >= self._floor

    def after(self, mark: int) -> list[str]:
        """The texts of everything later than an id."""
        return [entry.text for entry in self._entries if entry.id > mark]
