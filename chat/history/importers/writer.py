"""The second pass: the sorted entries of one room are stored in a room of the chat.

A new room is filled as a whole: it is there when it is complete. A room that exists keeps what it has, and gets what is
new behind it: the client_ids of an import are the same in every run, so the log itself finds what is there. That is how
an import is repeated, continued after it was interrupted, and followed by an export that overlaps it.
"""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from chat.history.importers.drafting import Drafting
from chat.history.importers.entry import NeutralEntry
from chat.history.importers.source_ids import SourceIds, StoredIds
from chat.history.reading import events
from chat.storage import ROOM_RECORD_ID, AppendOutcome, Draft, ReceivingStore, Record, RoomLog
from chat.storage.records import AnyRecord, record_from_draft

BATCH = 1000  # messages of one commit
FILLED_AT_ONCE = 250  # messages of a new room: more would not stay in the processor's cache


class Batch(NamedTuple):
    """Entries, and the client_id of each."""

    entries: list[NeutralEntry]
    client_ids: list[str]


class RoomWriter:
    """Writes one room of a source, and counts. `step` is told how many entries were read."""

    def __init__(self, drafting: Drafting, ids: SourceIds, step: Callable[[int], None]) -> None:
        self.imported = 0  # messages
        self.skipped = 0  # messages that were there, or stand twice in the source
        self.amended = 0  # edits and reactions
        self.lost_replies = 0  # to messages that are neither in the source nor in the room
        self._drafting = drafting
        self._ids = ids
        self._step = step
        self._stored = StoredIds()
        self._seen: set[str] = set()  # client_ids of what may stand twice

    # A new room

    def fill(self, store: ReceivingStore, room: str, name: str, topic: str, entries: Iterator[NeutralEntry]) -> bool:
        """Store a new room; False if somebody has created it. Raises `StorageError`."""
        return store.fill(room, name, topic, chain.from_iterable(self._records(entries)))

    def _records(self, entries: Iterator[NeutralEntry]) -> Iterator[list[AnyRecord]]:
        """The records of each batch."""
        next_id = ROOM_RECORD_ID + 1
        for batch in self._batches(entries, FILLED_AT_ONCE):
            answers = self._answers(batch.entries, next_id)
            messages = self._drafting.records(batch.entries, batch.client_ids, answers, next_id)
            drafts = [
                draft
                for message, entry, client_id in zip(messages, *batch, strict=True)
                if entry.edited is not None or entry.reactions
                for draft in self._drafting.amendments(entry, client_id, message.id)
            ]
            behind = next_id + len(messages)
            amendments = [record_from_draft(draft, number, next_id, "") for number, draft in enumerate(drafts, behind)]
            self.imported += len(messages)
            self.amended += len(amendments)
            next_id = behind + len(amendments)
            yield [*messages, *amendments]

    def _answers(self, entries: list[NeutralEntry], first_id: int) -> dict[int, int]:
        """The ids that entries answer, by their positions. A message answers earlier ones."""
        for number in self._ids.answered.among(entry.source_id for entry in entries):
            self._stored.add(entries[number].source_id, first_id + number)
        found = {}
        for number, entry in enumerate(entries):
            if entry.reply_to is not None:
                answered = self._stored.find(entry.reply_to)
                if answered is not None and answered < first_id + number:
                    found[number] = answered
                else:
                    self.lost_replies += 1
        return found

    def _batches(self, entries: Iterator[NeutralEntry], size: int) -> Iterator[Batch]:
        while read := list(islice(entries, size)):
            self._step(len(read))
            batch = self._without_repeats(Batch(read, self._drafting.ids.of_entries(read)))
            self.skipped += len(read) - len(batch.entries)
            if batch.entries:
                yield batch

    def _without_repeats(self, batch: Batch) -> Batch:
        """Without what a source has twice, as overlapping exports in one folder do."""
        suspects = self._ids.repeated.suspects
        if not suspects:
            return batch
        repeats: set[int] = set()
        for number in [number for number, entry in enumerate(batch.entries) if hash(entry.source_id) in suspects]:
            if batch.client_ids[number] in self._seen:
                repeats.add(number)
            self._seen.add(batch.client_ids[number])
        if not repeats:
            return batch
        kept = [number for number in range(len(batch.entries)) if number not in repeats]
        return Batch([batch.entries[number] for number in kept], [batch.client_ids[number] for number in kept])

    # A room that exists

    def extend(self, log: RoomLog, entries: Iterator[NeutralEntry]) -> None:
        """Store what a room lacks. Raises `StorageError`."""
        earlier = _EarlierIds(log, self._drafting.ids.tag)
        for batch in self._batches(entries, BATCH):
            start = 0
            waiting: set[str] = set()  # source ids
            for number, entry in enumerate(batch.entries):
                if entry.reply_to in waiting:  # its id is known when it is stored
                    self._append(log, Batch(batch.entries[start:number], batch.client_ids[start:number]), earlier)
                    start, waiting = number, set()
                waiting.add(entry.source_id)
            self._append(log, Batch(batch.entries[start:], batch.client_ids[start:]), earlier)

    def _append(self, log: RoomLog, batch: Batch, earlier: "_EarlierIds") -> None:
        drafts = [
            self._drafting.message(entry, client_id, self._answered(entry, earlier))
            for entry, client_id in zip(*batch, strict=True)
        ]
        outcomes = log.append(drafts)
        self.imported += sum(map(_is_new, outcomes))
        self.skipped += sum(outcome.repeated for outcome in outcomes)
        self._note_ids(batch.entries, outcomes)
        amendments = list(self._amendments(batch, outcomes))
        if amendments:
            self.amended += sum(map(_is_new, log.append(amendments)))

    def _answered(self, entry: NeutralEntry, earlier: "_EarlierIds") -> int | None:
        if entry.reply_to is None:
            return None
        found = self._stored.find(entry.reply_to)
        if found is None:
            found = earlier.find(self._drafting.ids.of_source_id(entry.reply_to))
        self.lost_replies += found is None
        return found

    def _note_ids(self, entries: list[NeutralEntry], outcomes: list[AppendOutcome]) -> None:
        for number in self._ids.answered.among(entry.source_id for entry in entries):
            if (record := outcomes[number].record) is not None:
                self._stored.add(entries[number].source_id, record.id)

    def _amendments(self, batch: Batch, outcomes: list[AppendOutcome]) -> Iterator[Draft]:
        """What is new of them the log finds out. A message that was deleted here has none."""
        for entry, client_id, outcome in zip(*batch, outcomes, strict=True):
            if outcome.record is not None and outcome.record.type == "message":
                yield from self._drafting.amendments(entry, client_id, outcome.record.id)


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
                if self._is_imported(record):
                    self._found.add(record.client_id or "", record.id)
        return self._found.find(client_id)

    def _is_imported(self, record: Record) -> bool:
        return record.type == "message" and (record.client_id or "").startswith(self._tag)


def _is_new(outcome: AppendOutcome) -> bool:
    return outcome.record is not None and not outcome.repeated
