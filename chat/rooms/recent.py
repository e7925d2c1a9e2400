"""The newest events of a room in memory: for clients that resume after a short break, or are about to go live."""

import re
from collections import deque
from collections.abc import Collection
from typing import NamedTuple

import msgspec

from chat.wire import protocol
from chat.wire.fanout import max_frame_bytes
from chat.wire.protocol import MessageEvent, Reply

MAX_RECENT_EVENTS = 1024  # at least CHAT_RESUME_MAX's default: most clients resume without reading and rendering

# Whose words an encoded event holds: a message has its own, an edit those of its target. Quotes inside of JSON strings
# are escaped, so no text that somebody typed can look like this.
_own_words = re.compile(r'\{"type":"(?:message","id":(\d+)|edit",.*?"target":(\d+),"message":)')
_quoted_words = re.compile(r'"reply":\{"id":(\d+),"username":')


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
        self._floor_id = floor_id  # every later event is here, except what was deleted
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

    def forget(self, messages: Collection[int]) -> None:
        """Drop what these messages said: their events, their edits, and what replies show of them."""
        events, self._events = self._events, deque()
        self._sizes.clear()
        self._size = 0
        self.extend([kept for event in events if (kept := _without_words_of(messages, event)) is not None])

    def covers(self, last_id: int) -> bool:
        """Whether every event after an id is here."""
        return last_id >= self._floor_id

    def texts_after(self, last_id: int) -> list[str]:
        """The text frames of all events after an id."""
        return [event.text for event in self._events if event.id > last_id]


def _without_words_of(messages: Collection[int], event: EncodedEvent) -> EncodedEvent | None:
    """The event as a client may still get it; None if it is not to be sent at all."""
    if (own := _own_words.match(event.text)) and int(own[1] or own[2]) in messages:
        return None
    if (quoted := _quoted_words.search(event.text)) and int(quoted[1]) in messages:
        message = msgspec.json.decode(event.text, type=MessageEvent)
        return encoded(msgspec.structs.replace(message, reply=Reply(id=int(quoted[1]), deleted=True)))
    return event
