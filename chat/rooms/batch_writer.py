"""Step 4 on the path of a message, in a storage thread: a batch is stored, then rendered and encoded."""

from typing import NamedTuple

from chat.rooms.channel_group import EncodedBatch
from chat.rooms.connections import Connection
from chat.rooms.recent import EncodedEvent, encoded
from chat.storage import Draft, RoomLog
from chat.wire.events import event_from_record


class PendingMessage(NamedTuple):
    """A message in the queue of the group commit, and the connection that is answered if it is refused."""

    draft: Draft
    sender: Connection


class Repeat(NamedTuple):
    """A message that was stored before: its sender, and the first event."""

    sender: Connection
    event: EncodedEvent


class CommitResult(NamedTuple):
    """A durable batch: the new events, and the answer to each repeat, both as text frames."""

    batch: EncodedBatch
    repeats: list[Repeat]


class BatchWriter:
    """Writes batches to one log."""

    def __init__(self, log: RoomLog) -> None:
        self._log = log

    def write(self, messages: list[PendingMessage]) -> CommitResult:
        """Return when the batch is on disk. Raises `StorageError`: then nothing of it is stored."""
        outcomes = self._log.append([message.draft for message in messages])
        events = [encoded(event_from_record(outcome.record)) for outcome in outcomes if not outcome.repeated]
        repeats = [
            Repeat(message.sender, encoded(event_from_record(outcome.record)))
            for message, outcome in zip(messages, outcomes, strict=True)
            if outcome.repeated
        ]
        first_id = events[0].id if events else 0
        return CommitResult(EncodedBatch(self._log.epoch, first_id, [event.text for event in events]), repeats)
