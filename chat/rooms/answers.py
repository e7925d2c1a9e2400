"""The acknowledgements that a room still owes to its senders. Usually the broadcast of an event is one."""

from collections import deque
from collections.abc import Collection, Iterable
from typing import NamedTuple

from chat.rooms.connections import Connection
from chat.rooms.recent import EncodedEvent
from chat.wire.fanout import Frames

MAX_OWED = 2**14  # past it the oldest are forgotten, and their senders repeat the message


class Answer(NamedTuple):
    """A stored message, new or a repeat: its sender, and the event that acknowledges it."""

    sender: Connection
    event: EncodedEvent

    def send(self) -> None:
        """Send the event to its sender alone."""
        self.sender.writer.write(Frames([self.event.text]))


class OwedAnswers:
    """Answers in the order of their events."""

    def __init__(self) -> None:
        self._owed: deque[Answer] = deque(maxlen=MAX_OWED)

    def add(self, answers: Iterable[Answer]) -> None:
        """Owe answers to the events that were stored next."""
        self._owed.extend(answers)

    def delivered(self, last_id: int) -> None:
        """Every event up to this id was broadcast."""
        while self._owed and self._owed[0].event.id <= last_id:
            self._owed.popleft()

    def send(self, last_id: int, shown: Collection[int] = ()) -> None:
        """Answer each sender of an event up to this id, except those whose events were shown to all."""
        while self._owed and self._owed[0].event.id <= last_id:
            answer = self._owed.popleft()
            if answer.event.id not in shown:
                answer.send()

    def clear(self) -> None:
        """The room has another history: the senders repeat their messages."""
        self._owed.clear()
