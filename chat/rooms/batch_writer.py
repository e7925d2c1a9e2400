"""Step 4 on the path of a message, in the storage thread: a batch is stored, then rendered and encoded."""

from typing import NamedTuple

from chat.rooms.connections import Connection
from chat.rooms.subscription import Batch
from chat.storage import Draft, RoomLog, Stored
from chat.wire import protocol
from chat.wire.events import event_from_record


class PendingMessage(NamedTuple):
    """A message in the queue of the group commit, and the connection that is answered if it is refused."""

    draft: Draft
    sender: Connection


class CommitResult(NamedTuple):
    """A durable batch: the outcome of each draft, and the new events as text frames."""

    stored: list[Stored]
    batch: Batch


class BatchWriter:
    """Writes batches to one log."""

    def __init__(self, log: RoomLog) -> None:
        self._log = log

    def write(self, messages: list[PendingMessage]) -> CommitResult:
        """Return when the batch is on disk. Raises `StorageError`: then nothing of it is stored."""
        stored = self._log.append([message.draft for message in messages])
        records = [outcome.record for outcome in stored if not outcome.repeated]
        texts = [protocol.encode(event_from_record(record)) for record in records]
        return CommitResult(stored, Batch(self._log.epoch, records[0].id if records else 0, texts))
