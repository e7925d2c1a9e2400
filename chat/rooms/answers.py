"""The acknowledgements that a room still owes to its senders. Usually the broadcast of an event is one."""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from chat.rooms.connections import Connection
from chat.rooms.recent import EncodedEvent
from chat.wire.fanout import Frames

MAX_OWED = 2**14  # past it the oldest are forgotten, and their senders repeat the message


class Answer(NamedTuple):
    """A stored event, new or a repeat: its sender, and the event that acknowledges it."""

    sender: Connection
    event: EncodedEvent

    def send(self) -> None:
        """Send the event to its sender alone."""
        self.sender.writer.write(Frames([self.event.text]))


class OwedAnswers:
    """Answers to new events in the order of these, and answers to repeats.

    The answer to a repeat need not be the event that all are sent: it has the `client_id` of its own command. So it is
    sent to its sender behind that event.
    """

    def __init__(self) -> None:
        self._owed: deque[Answer] = deque(maxlen=MAX_OWED)
        self._repeats: deque[Answer] = deque(maxlen=MAX_OWED)

    def add(self, answers: Iterable[Answer]) -> None:
        """Owe answers to the events that were stored next."""
        self._owed.extend(answers)

    def add_repeat(self, answer: Answer) -> None:
        """Owe the answer to a repeat of an event that is stored, and not delivered yet."""
        self._repeats.append(answer)

    def answer_alone(self, ids: Collection[int]) -> None:
        """Placeholders take the place of these events: each sender is sent the own event behind its placeholder."""
        self._repeats.extend(answer for answer in self._owed if answer.event.id in ids)

    def delivered(self, last_id: int) -> None:
        """Every event up to this id is broadcast."""
        while self._owed and self._owed[0].event.id <= last_id:
            self._owed.popleft()

    def send_repeats(self, events: Sequence[EncodedEvent]) -> None:
        """Answer the repeats of events that were broadcast, unless these were the answers themselves."""
        if self._repeats:
            self._send_repeats(events[-1].id, {event.text for event in events})

    def send(self, last_id: int, shown: Collection[int] = ()) -> None:
        """Answer each sender of an event up to this id, except those whose events were shown to all."""
        while self._owed and self._owed[0].event.id <= last_id:
            answer = self._owed.popleft()
            if answer.event.id not in shown:
                answer.send()
        self._send_repeats(last_id)

    def _send_repeats(self, last_id: int, shown: Collection[str] = ()) -> None:
        due = [answer for answer in self._repeats if answer.event.id <= last_id]
        self._repeats = deque((answer for answer in self._repeats if answer.event.id > last_id), MAX_OWED)
        for answer in due:
            if answer.event.text not in shown:
                answer.send()

    def clear(self) -> None:
        """The room has another history: the senders repeat their messages."""
        self._owed.clear()
        self._repeats.clear()
