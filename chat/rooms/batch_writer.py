"""Step 4 on the path of a message, in a storage thread: a batch is stored, then rendered and encoded."""

from typing import NamedTuple

from chat.rooms.answers import Answer
from chat.rooms.channel_group import EncodedBatch
from chat.rooms.connections import Connection
from chat.rooms.recent import encoded
from chat.storage import Draft, RoomLog
from chat.wire.events import event_from_record


class PendingMessage(NamedTuple):
    """A message in the queue of the group commit, and the connection that is answered if it is refused."""

    draft: Draft
    sender: Connection


class CommitResult(NamedTuple):
    """A durable batch: the new events as text frames, and the answers to their senders and to those of repeats."""

    batch: EncodedBatch
    answers: list[Answer]
    repeats: list[Answer]


class BatchWriter:
    """Writes batches to one log."""

    def __init__(self, log: RoomLog) -> None:
        self._log = log

    def write(self, messages: list[PendingMessage]) -> CommitResult:
        """Return when the batch is on disk. Raises `StorageError`: then nothing of it is stored."""
        outcomes = self._log.append([message.draft for message in messages])
        answers: list[Answer] = []
        repeats: list[Answer] = []
        for message, outcome in zip(messages, outcomes, strict=True):
            if outcome.record is None:
                continue
            answer = Answer(message.sender, encoded(event_from_record(outcome.record)))
            (repeats if outcome.repeated else answers).append(answer)
        first_id = answers[0].event.id if answers else 0
        texts = [answer.event.text for answer in answers]
        return CommitResult(EncodedBatch(self._log.epoch, first_id, texts), answers, repeats)
