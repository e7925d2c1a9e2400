"""The newest events of a room in memory: for clients that resume after a short break, or are about to go live."""

from collections import deque
from typing import NamedTuple

from chat.wire import protocol
from chat.wire.fanout import max_frame_bytes

MAX_RECENT_EVENTS = 1024  # at least CHAT_RESUME_MAX's default: most clients resume without reading and rendering


class EncodedEvent(NamedTuple):
    """A stored event and its text frame."""

    id: int
    text: str


def encoded(event: protocol.StoredEvent) -> EncodedEvent:
    """An event with its text frame."""
    return EncodedEvent(event.id, protocol.encode(event))


class RecentEvents:
    """A sliding window of encoded events, bounded in number (`MAX_RECENT_EVENTS`) and size (`max_bytes`)."""

    def __init__(self, floor_id: int, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._floor_id = floor_id  # every later event is here
        self._events: deque[EncodedEvent] = deque()
        self._sizes: deque[int] = deque()  # bytes on the wire, of each event
        self._size = 0  # of all of them

    def extend(self, events: list[EncodedEvent]) -> None:
        """Append the events that follow; the oldest are dropped."""
        sizes = [max_frame_bytes(event.text) for event in events]
        self._events.extend(events)
        self._sizes.extend(sizes)
        self._size += sum(sizes)
        while len(self._events) > MAX_RECENT_EVENTS or self._size > self._max_bytes:
            self._floor_id = self._events.popleft().id
            self._size -= self._sizes.popleft()

    def covers(self, last_id: int) -> bool:
        """Whether every event after an id is here."""
        return last_id >= self._floor_id

    def texts_after(self, last_id: int) -> list[str]:
        """The text frames of all events after an id."""
        return [event.text for event in self._events if event.id > last_id]
