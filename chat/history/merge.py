"""What becomes of imported messages in one room.

A room without messages takes them with their ids. A room with history keeps it: what is there already is skipped, the
rest follows behind with new ids, and replies point to the new ids. Times stay as they were.
"""

from array import array
from bisect import bisect_left
from typing import NamedTuple

import msgspec

from chat.history.reading import messages
from chat.history.survey import Found
from chat.storage import Draft, IdTaken, RoomLog, Stored
from chat.storage.client_ids import ClientIds

BATCH = 1000  # messages stored with one write and one sync


class SomebodyWrote(Exception):
    """The room was empty, and while its messages were imported somebody said something."""

    def __init__(self) -> None:
        super().__init__("somebody wrote while it was being filled. Run the command again: what is there is skipped.")


class _Waiting(NamedTuple):
    """A message that waits for its batch; `there` is its id if the room has it already."""

    draft: Draft
    there: int | None


class Merge:
    """The import into one room. Messages are added one by one, `finish` stores the rest of them."""

    def __init__(self, log: RoomLog, found: Found) -> None:
        self.imported = 0
        self.skipped = 0
        self._log = log
        self._known = _Known(log)
        self._keep_ids = self._known.empty and found.numbered and found.first_id > log.last_id
        self._ids = _NewIds()
        self._waiting: list[_Waiting] = []

    def add(self, draft: Draft) -> None:
        """Take the next message. Raises `StorageError`, `SomebodyWrote`."""
        if len(self._waiting) >= BATCH or self._replies_to_one_that_waits(draft):
            self.finish()
        self._waiting.append(_Waiting(draft, self._known.find(draft)))

    def _replies_to_one_that_waits(self, draft: Draft) -> bool:
        """Then that one has to be stored first: its new id is known for certain only afterwards."""
        if self._keep_ids or draft.reply_to is None:
            return False
        first = next((waiting.draft.id for waiting in self._waiting if waiting.draft.id is not None), None)
        return first is not None and draft.reply_to >= first

    def finish(self) -> None:
        """Store what waits. Raises `StorageError`, `SomebodyWrote`."""
        batch, self._waiting = self._waiting, []
        stored = iter(self._store([draft for draft, there in batch if there is None]))
        for draft, there in batch:
            outcome = next(stored) if there is None else None
            self._ids.add(draft.id, outcome.record.id if outcome else there)
            if outcome is None or outcome.repeated:
                self.skipped += 1
            else:
                self.imported += 1

    def _store(self, drafts: list[Draft]) -> list[Stored]:
        try:
            return self._log.append([self._placed(draft) for draft in drafts]) if drafts else []
        except IdTaken:
            raise SomebodyWrote from None

    def _placed(self, draft: Draft) -> Draft:
        """With the ids of this room. A reply to a message that did not come along becomes a message like others."""
        if self._keep_ids:
            return draft
        reply_to = None if draft.reply_to is None else self._ids.find(draft.reply_to)
        return msgspec.structs.replace(draft, id=None, reply_to=reply_to)


class _Known:
    """Messages without a client_id that were there before the import, by their hashes. The log knows the rest."""

    def __init__(self, log: RoomLog) -> None:
        self.empty = True
        self._log = log
        self._hashes = ClientIds()
        self._ids = array("Q")
        for said in messages(log):
            self.empty = False
            if said.client_id is None:
                self._hashes.add(said.author, said.timestamp + said.message)
                self._ids.append(said.id)

    def find(self, draft: Draft) -> int | None:
        """The id of the same message, said by the same author at the same time."""
        if self.empty or draft.client_id is not None:
            return None
        wanted = (draft.author, draft.timestamp, draft.message)
        for position in self._hashes.find(draft.author, f"{draft.timestamp}{draft.message}"):
            for record in self._log.page(after=self._ids[position] - 1, limit=1).records:
                if (record.author, record.timestamp, record.message) == wanted:
                    return record.id
        return None


class _NewIds:
    """Which id of the file became which id of the room: 16 bytes a message. Old ids come in rising order."""

    def __init__(self) -> None:
        self._old = array("Q")
        self._new = array("Q")

    def add(self, old: int | None, new: int | None) -> None:
        if old is not None and new is not None:
            self._old.append(old)
            self._new.append(new)

    def find(self, old: int) -> int | None:
        place = bisect_left(self._old, old)
        return self._new[place] if place < len(self._old) and self._old[place] == old else None
