"""Step 4 on the path of a message, in a storage thread: a batch is stored, then rendered and encoded."""

import logging
from typing import NamedTuple

from chat.metrics import counted
from chat.rooms.answers import Answer
from chat.rooms.channel_group import EncodedBatch
from chat.rooms.connections import Connection
from chat.rooms.recent import encoded
from chat.rooms.replies import replies_in
from chat.rooms.storage_errors import error_for, error_for_refusal
from chat.storage import Draft, NameTaken, RoomLog, StorageError, StorageFull
from chat.wire.errors import ProtocolError
from chat.wire.events import event_from_record

logger = logging.getLogger(__name__)


class PendingDraft(NamedTuple):
    """A draft in the queue of the group commit, and the connection that is answered if it is refused."""

    draft: Draft
    sender: Connection


class Refused(NamedTuple):
    """A draft that was not stored while the rest of its batch was: its sender, and the reason."""

    sender: Connection
    error: ProtocolError


class CommitResult(NamedTuple):
    """A durable batch: the new events as text frames, and the answers to their senders and to those of repeats."""

    batch: EncodedBatch
    answers: list[Answer]
    repeats: list[Answer]
    refused: list[Refused]


class BatchWriter:
    """Writes batches to one log."""

    def __init__(self, log: RoomLog) -> None:
        self._log = log

    def write(self, pending: list[PendingDraft]) -> CommitResult:
        """Return when the batch is on disk. Raises `StorageError`: then nothing of it is stored.

        Where there is no space for a batch, its deletes are stored alone; where a name is taken, the rest without it.
        """
        try:
            return self._store(pending)
        except NameTaken as error:
            others = [each for each in pending if each.draft.type != "room_name"]
            if len(others) == len(pending):  # the room would be called like its address
                return _all_refused(error, pending, CommitResult(EncodedBatch(self._log.epoch, 0, []), [], [], []))
            names = [each for each in pending if each.draft.type == "room_name"]
            return _all_refused(error, names, self.write(others))
        except StorageFull as error:
            others = [each for each in pending if each.draft.type != "delete"]
            if not others or len(others) == len(pending):
                raise
            logger.error("%d drafts of a batch of %d were not stored: %s", len(others), len(pending), error)
            return _all_refused(error, others, self._store([each for each in pending if each.draft.type == "delete"]))

    def _store(self, pending: list[PendingDraft]) -> CommitResult:
        with counted.QUERIES["append"].timed():
            outcomes = self._log.append([each.draft for each in pending])
        replies = replies_in(self._log, [outcome.record for outcome in outcomes if outcome.record is not None])
        answers: list[Answer] = []
        repeats: list[Answer] = []
        refused: list[Refused] = []
        deleted: list[int] = []
        for (draft, sender), outcome in zip(pending, outcomes, strict=True):
            if (record := outcome.record) is None:
                refused.append(Refused(sender, error_for_refusal(outcome.refusal, draft)))
                continue
            answer = Answer(sender, encoded(event_from_record(record, replies)))
            (repeats if outcome.repeated else answers).append(answer)
            if record.type == "delete" and record.target is not None:
                deleted.append(record.target)
        first_id = answers[0].event.id if answers else 0
        batch = EncodedBatch(self._log.epoch, first_id, [answer.event.text for answer in answers], deleted)
        return CommitResult(batch, answers, repeats, refused)


def _all_refused(error: StorageError, pending: list[PendingDraft], rest: CommitResult) -> CommitResult:
    """The result of the rest of a batch, and these drafts, which were not stored."""
    refused = [Refused(sender, error_for(error, draft.client_id)) for draft, sender in pending]
    return rest._replace(refused=[*rest.refused, *refused])
