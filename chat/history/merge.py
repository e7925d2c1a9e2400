"""The second pass of an import: the events of one room of the file are stored in a room.

A room without messages takes them with their ids. A room with history keeps it: what it has already is skipped, the
rest is appended with new ids, and replies, edits, reactions and deletes are about the new ids. Times stay as they are.
"""

from array import array
from bisect import bisect_left
from typing import NamedTuple

import msgspec

from chat.history.known import KnownEvents
from chat.history.spool import Spool
from chat.history.survey import Imported, RoomSurvey
from chat.storage import AppendOutcome, Draft, IdTaken, RoomLog
from chat.storage.records import AMENDMENTS

BATCH = 1000  # events stored in one commit


class ConcurrentWrite(Exception):
    """The room was empty, and another process wrote to it while its messages were imported with their ids."""

    def __init__(self) -> None:
        super().__init__("somebody wrote while it was being filled. Run the command again: what is there is skipped.")


class _Pending(NamedTuple):
    """An event of the next batch; `existing_id` is its id if the room has it already. `folded`: see `Imported`."""

    draft: Draft
    existing_id: int | None
    folded: list[Draft]


class Merge:
    """The import into one room. Events are added one by one; `finish` stores the last of them.

    Amendments wait in a file until all messages have their ids, unless events keep their ids. Close it.
    """

    def __init__(self, log: RoomLog, found: RoomSurvey) -> None:
        self.imported = 0  # messages
        self.skipped = 0  # messages that were there
        self.amended = 0  # edits, reactions and deletes
        self._log = log
        self._known = KnownEvents(log)
        self._keep_ids = self._known.empty and found.numbered and found.first_id > log.last_id
        self._new_ids = _IdMap()
        self._pending: list[_Pending] = []
        self._spool = Spool()

    def add(self, event: Imported) -> None:
        """Take the next event. Raises `StorageError`, `ConcurrentWrite`."""
        draft = event.draft
        if draft is None:
            return self._add_blanked(event)
        if draft.type in AMENDMENTS and not self._keep_ids:
            return self._spool.add(draft)
        if draft.type in {"topic", "room_name"} and not self._known.empty:
            return None  # the room has its own
        if len(self._pending) >= BATCH or self._replies_to_pending(draft):
            self.flush()
        self._pending.append(_Pending(draft, self._known.find(draft), event.folded))
        return None

    def _add_blanked(self, event: Imported) -> None:
        """A message of which only its delete is left. The room may have it still, and then deletes it too."""
        assert event.blanked is not None, "an event without a draft is one"
        if (existing_id := self._known.find_blanked(event.blanked)) is not None:
            self.flush()
            self._new_ids.add(event.blanked.id, existing_id)

    def _replies_to_pending(self, draft: Draft) -> bool:
        """Then that message has to be stored first: only afterwards is its new id certain."""
        if self._keep_ids or draft.reply_to is None:
            return False
        first = next((pending.draft.id for pending in self._pending if pending.draft.id is not None), None)
        return first is not None and draft.reply_to >= first

    def flush(self) -> None:
        """Store the pending events. Raises `StorageError`, `ConcurrentWrite`."""
        batch, self._pending = self._pending, []
        stored = iter(self._store([pending.draft for pending in batch if pending.existing_id is None]))
        for draft, existing_id, folded in batch:
            outcome = next(stored) if existing_id is None else None
            record = outcome.record if outcome else None
            is_new = outcome is not None and record is not None and not outcome.repeated
            if draft.type in AMENDMENTS:
                self.amended += is_new
            elif draft.type == "message":
                self.imported += is_new
                self.skipped += not is_new
                self._add_folded(draft, existing_id or (record.id if record else None), folded)

    def _add_folded(self, message: Draft, new_id: int | None, folded: list[Draft]) -> None:
        self._new_ids.add(message.id, new_id)
        for draft in folded if new_id is not None else ():
            self._spool.add(msgspec.structs.replace(draft, target=new_id), is_mapped=True)

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

    def finish(self) -> None:
        """Store everything that waits. Raises `StorageError`, `ConcurrentWrite`."""
        self.flush()
        for batch in self._spool.batches(BATCH):
            drafts = [draft for each in batch if (draft := self._amendment(*each)) is not None]
            outcomes = self._log.append(drafts) if drafts else []
            self.amended += sum(outcome.record is not None and not outcome.repeated for outcome in outcomes)

    def close(self) -> None:
        """Forget what waits."""
        self._spool.close()

    def _amendment(self, draft: Draft, is_mapped: bool) -> Draft | None:
        """With the id that its message has here; None if that is not here, or has this amendment."""
        target = draft.target if is_mapped else self._new_ids.find(draft.target or 0)
        amendment = msgspec.structs.replace(draft, id=None, target=target)
        return None if target is None or self._known.has_amendment(amendment) else amendment


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
