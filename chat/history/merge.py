"""The second pass of an import: the messages of one room of the file are stored in a room.

A room without messages takes them with their ids. A room with history keeps it: what it has already is skipped, the
rest is appended with new ids, and replies are mapped to the new ids. Times stay as they are.
"""

from array import array
from bisect import bisect_left
from typing import NamedTuple

import msgspec

from chat.history.reading import messages
from chat.history.survey import RoomSurvey
from chat.storage import AppendOutcome, Draft, IdTaken, RoomLog
from chat.storage.position_table import PositionTable
from chat.wire.message_text import normalize_message

BATCH = 1000  # messages stored in one commit


class ConcurrentWrite(Exception):
    """The room was empty, and another process wrote to it while its messages were imported with their ids."""

    def __init__(self) -> None:
        super().__init__("somebody wrote while it was being filled. Run the command again: what is there is skipped.")


class _PendingMessage(NamedTuple):
    """A message of the next batch; `existing_id` is its id if the room has it already."""

    draft: Draft
    existing_id: int | None


class Merge:
    """The import into one room. Messages are added one by one; `flush` stores the last of them."""

    def __init__(self, log: RoomLog, found: RoomSurvey) -> None:
        self.imported = 0
        self.skipped = 0
        self._log = log
        self._existing = _ExistingMessages(log)
        self._keep_ids = self._existing.empty and found.numbered and found.first_id > log.last_id
        self._new_ids = _IdMap()
        self._pending: list[_PendingMessage] = []

    def add(self, draft: Draft) -> None:
        """Take the next message. Raises `StorageError`, `ConcurrentWrite`."""
        if len(self._pending) >= BATCH or self._replies_to_pending(draft):
            self.flush()
        self._pending.append(_PendingMessage(draft, self._existing.find(draft)))

    def _replies_to_pending(self, draft: Draft) -> bool:
        """Then that message has to be stored first: only afterwards is its new id certain."""
        if self._keep_ids or draft.reply_to is None:
            return False
        first = next((pending.draft.id for pending in self._pending if pending.draft.id is not None), None)
        return first is not None and draft.reply_to >= first

    def flush(self) -> None:
        """Store the pending messages. Raises `StorageError`, `ConcurrentWrite`."""
        batch, self._pending = self._pending, []
        stored = iter(self._store([draft for draft, existing_id in batch if existing_id is None]))
        for draft, existing_id in batch:
            outcome = next(stored) if existing_id is None else None
            self._new_ids.add(draft.id, outcome.record.id if outcome and outcome.record else existing_id)
            if outcome is None or outcome.repeated:
                self.skipped += 1
            else:
                self.imported += 1

    def _store(self, drafts: list[Draft]) -> list[AppendOutcome]:
        try:
            return self._log.append([self._renumbered(draft) for draft in drafts]) if drafts else []
        except IdTaken:
            raise ConcurrentWrite from None

    def _renumbered(self, draft: Draft) -> Draft:
        """With the ids of this room. A reply to a message that is not in the file becomes a message without one."""
        if self._keep_ids:
            return draft
        reply_to = None if draft.reply_to is None else self._new_ids.find(draft.reply_to)
        return msgspec.structs.replace(draft, id=None, reply_to=reply_to)


class _ExistingMessages:
    """Messages without a client_id that the room had before the import, by author, time and text.

    The log finds the others. The texts are compared as they are stored today: an import normalizes those of a file too.
    """

    def __init__(self, log: RoomLog) -> None:
        self.empty = True
        self._log = log
        self._positions = PositionTable()
        self._ids = array("Q")
        for message in messages(log):
            self.empty = False
            if message.client_id is None:
                self._positions.add(message.author, message.timestamp + normalize_message(message.message))
                self._ids.append(message.id)

    def find(self, draft: Draft) -> int | None:
        """The id of a message with the same author, time and text."""
        if self.empty or draft.client_id is not None:
            return None
        wanted = (draft.author, draft.timestamp, draft.message)
        for position in self._positions.find(draft.author, f"{draft.timestamp}{draft.message}"):
            for record in self._log.page(after=self._ids[position] - 1, limit=1).records:
                if (record.author, record.timestamp, normalize_message(record.message or "")) == wanted:
                    return record.id
        return None


class _IdMap:
    """Ids of the file to ids of the room: 16 bytes a message. Ids of the file are added in rising order."""

    def __init__(self) -> None:
        self._old = array("Q")
        self._new = array("Q")

    def add(self, old: int | None, new: int | None) -> None:
        if old is not None and new is not None:
            self._old.append(old)
            self._new.append(new)

    def find(self, old: int) -> int | None:
        position = bisect_left(self._old, old)
        return self._new[position] if position < len(self._old) and self._old[position] == old else None
