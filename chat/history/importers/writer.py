"""The second pass: the sorted entries of one room are stored in a room of the chat.

A new room is filled as a whole: it is there when it is complete. A room that exists keeps what it has, and gets what is
new behind it: the client_ids of an import are the same in every run, so the log itself finds what is there. That is how
an import is repeated, continued after it was interrupted, and followed by an export that overlaps it.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from chat.history.importers.answers import StoredIds
from chat.history.importers.drafting import Drafting
from chat.history.importers.entry import NeutralEntry
from chat.history.reading import events
from chat.storage import ROOM_RECORD_ID, Draft, ReceivingStore, Record, RoomLog
from chat.storage.records import record_from_draft

BATCH = 1000  # messages of one commit


class _Pending(NamedTuple):
    """An entry of the next batch."""

    entry: NeutralEntry
    client_id: str


class RoomWriter:
    """Writes one room of a source, and counts. `step` is called for every message."""

    def __init__(self, drafting: Drafting, step: Callable[[], None], *, has_replies: bool = True) -> None:
        self.imported = 0  # messages
        self.skipped = 0  # messages that were there, or stand twice in the source
        self.amended = 0  # edits and reactions
        self.lost_replies = 0  # to messages that are neither in the source nor in the room
        self._drafting = drafting
        self._step = step
        self._stored = StoredIds()
        self._last_client_id = ""
        self._has_replies = has_replies

    # A new room

    def fill(self, store: ReceivingStore, room: str, name: str, topic: str, entries: Iterator[NeutralEntry]) -> bool:
        """Store a new room; False if somebody has created it. Raises `StorageError`."""
        return store.fill(room, name, topic, self._records(entries))

    def _records(self, entries: Iterator[NeutralEntry]) -> Iterator[Record]:
        last_id = ROOM_RECORD_ID
        while batch := list(islice(entries, BATCH)):
            batch_id = last_id + 1
            amended: list[tuple[_Pending, int]] = []
            for entry, client_id in self._identified(batch):
                last_id += 1
                draft = self._drafting.message(entry, client_id, self._reply_to(entry))
                yield record_from_draft(draft, last_id, batch_id, "")
                if self._has_replies:
                    self._stored.add(entry.source_id, last_id)
                self.imported += 1
                if entry.edited is not None or entry.reactions:
                    amended.append((_Pending(entry, client_id), last_id))
            for (entry, client_id), target in amended:
                for draft in self._drafting.amendments(entry, client_id, target):
                    last_id += 1
                    self.amended += 1
                    yield record_from_draft(draft, last_id, batch_id, "")

    def _identified(self, entries: Iterable[NeutralEntry]) -> Iterator[_Pending]:
        """With their client_ids, without what a source has twice: it stands beside itself, as it has the same time."""
        for entry in entries:
            self._step()
            client_id = self._drafting.ids.of_entry(entry)
            if client_id == self._last_client_id:
                self.skipped += 1
            else:
                self._last_client_id = client_id
                yield _Pending(entry, client_id)

    def _reply_to(self, entry: NeutralEntry) -> int | None:
        if entry.reply_to is None:
            return None
        found = self._stored.find(entry.reply_to)
        self.lost_replies += found is None
        return found

    # A room that exists

    def extend(self, log: RoomLog, entries: Iterator[NeutralEntry]) -> None:
        """Store what a room lacks. Raises `StorageError`."""
        earlier = _EarlierIds(log, self._drafting.ids.tag)
        pending: list[_Pending] = []
        waiting: set[str] = set()  # source ids of the pending
        for each in self._identified(entries):
            if len(pending) >= BATCH or each.entry.reply_to in waiting:
                self._append(log, pending, earlier)
                pending, waiting = [], set()
            pending.append(each)
            waiting.add(each.entry.source_id)
        self._append(log, pending, earlier)

    def _append(self, log: RoomLog, batch: list[_Pending], earlier: "_EarlierIds") -> None:
        if not batch:
            return
        outcomes = log.append([self._draft_for(each, earlier) for each in batch])
        amendments: list[Draft] = []
        for (entry, client_id), outcome in zip(batch, outcomes, strict=True):
            record = outcome.record
            self.imported += record is not None and not outcome.repeated
            self.skipped += outcome.repeated
            if record is not None and record.type == "message":
                self._stored.add(entry.source_id, record.id)
                amendments += self._drafting.amendments(entry, client_id, record.id)
        if amendments:
            self.amended += sum(each.record is not None and not each.repeated for each in log.append(amendments))

    def _draft_for(self, pending: _Pending, earlier: "_EarlierIds") -> Draft:
        entry = pending.entry
        if entry.reply_to is None:
            return self._drafting.message(entry, pending.client_id, None)
        reply_to = self._stored.find(entry.reply_to)
        if reply_to is None:
            reply_to = earlier.find(self._drafting.ids.of_source_id(entry.reply_to))
        self.lost_replies += reply_to is None
        return self._drafting.message(entry, pending.client_id, reply_to)


class _EarlierIds:
    """Messages that earlier imports of the same room have stored, by client_id. The room is read when one is sought."""

    def __init__(self, log: RoomLog, tag: str) -> None:
        self._log = log
        self._tag = tag
        self._found: StoredIds | None = None

    def find(self, client_id: str) -> int | None:
        """The id of a message."""
        if self._found is None:
            self._found = StoredIds()
            for record in events(self._log):
                if record.type == "message" and record.client_id is not None and record.client_id.startswith(self._tag):
                    self._found.add(record.client_id, record.id)
        return self._found.find(client_id)
