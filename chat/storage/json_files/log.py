"""The log of one room in its JSON file: an array with one record per line.

An append overwrites the trailer `\\n]\\n` with `,\\n{...}\\n]\\n` in one positioned write and one fdatasync: its cost
does not depend on the size of the file, and the file is valid JSON after every batch. Server processes and management
commands share the file: every batch is written under a lock, after a check that the file is as it was left.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

import msgspec

from chat.storage import (
    AppendOutcome,
    Compaction,
    Draft,
    FoldedMessage,
    HistoryPage,
    Record,
    RecordPage,
    RoomDamaged,
    StorageUnavailable,
    Tally,
)
from chat.storage.json_files.atomic_write import joined
from chat.storage.json_files.bulk_texts import TextPage, texts_after
from chat.storage.json_files.compaction import amendments_of_cleared, find_changes
from chat.storage.json_files.companions import without_derived_files
from chat.storage.json_files.disk_errors import disk_errors, write_errors
from chat.storage.json_files.ends import scan_ends
from chat.storage.json_files.fast_parse import SEPARATOR
from chat.storage.json_files.folded_reader import FoldedReader
from chat.storage.json_files.histories import with_members
from chat.storage.json_files.kinds import BLANKED_MESSAGE, DELETE, MESSAGE, ROOM_NAME, TOPIC, kinds_of
from chat.storage.json_files.lines import ReadAt, encode_line, encode_lines
from chat.storage.json_files.reader import CacheUnfit, FileChanged
from chat.storage.json_files.rewriting import Changes, rewritten
from chat.storage.json_files.room_lock import Checkpoint
from chat.storage.json_files.scan import Scan, scan
from chat.storage.json_files.scrubbed_room import ScrubbedRoom, stored_form
from chat.storage.json_files.settings import settings_of, settings_through
from chat.storage.json_files.stored import StoredRoom
from chat.storage.numbering import assign_ids
from chat.storage.quota import has_only_deletes
from chat.storage.records import AnyRecord
from chat.storage.timestamps import now

T = TypeVar("T")
ENCODED_AT_ONCE = 250  # records of a new file: more would not stay in the processor's cache


class JsonFileLog(ScrubbedRoom):
    """One room's file. Not thread-safe: one call at a time, in any thread."""

    # Reading

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> RecordPage:
        """At most `limit` events next to an id, or the newest ones; reads nothing else of the file."""
        self._ensure_scanned()
        return self._with_fit_index(lambda: self._reader().page(before, after, limit))

    def items(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> HistoryPage:
        """At most `limit` messages as they are now, and other events, next to an id, or the newest ones."""
        self._ensure_scanned()
        return self._with_fit_index(lambda: self._folded().items(before, after, limit))

    def message(self, message_id: int) -> FoldedMessage | None:
        """One message as it is now; None if there is none, or if it is deleted."""
        self._ensure_scanned()
        return self._with_fit_index(lambda: self._folded().message(message_id))

    def texts(self, message_id: int) -> list[Record]:
        """The record of a message and its edits."""
        self._ensure_scanned()
        return self._with_fit_index(lambda: self._folded().texts(message_id))

    def texts_after(self, after: int, limit: int) -> TextPage:
        """The texts of many records as they were stored, for the search cache. Raises `StorageError`."""
        self._ensure_scanned()
        with disk_errors(self.room, self.path):
            return self._with_fit_index(lambda: texts_after(self._file, self._index, after, limit))

    def _ensure_scanned(self) -> None:
        """Make sure that index and file belong together. A disk that only refuses writes can still be read."""
        try:
            if self._file.closed or not self._file.is_scanned:
                self.refresh()
        except StorageUnavailable:
            if not self._file.is_scanned:
                raise

    def _with_fit_index(self, call: Callable[[], T]) -> T:
        """Call a function, once more if the index turns out not to fit the file."""
        try:
            return call()
        except CacheUnfit:
            self._throw_cache_away()
        except FileChanged:
            self.refresh()
        return call()

    def _folded(self) -> FoldedReader:
        return FoldedReader(self._reader(), self._index)

    # Writing

    def append(self, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        """Store a batch with one write and one sync. Raises `StorageError`, and then stores nothing of it."""
        return self._with_fit_index(lambda: self._append_batch(drafts))

    def _append_batch(self, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        with self._writing():
            stored = StoredRoom(self._reader(), self._index, self.last_id, self._settings)
            try:
                outcomes, records = assign_ids(drafts, stored)
                if records:
                    self._append(records)
            except BaseException:
                self._index.states.clear()  # they have the changes of this batch
                raise
            return outcomes

    def _append(self, records: list[Record]) -> None:
        of_records = kinds_of(records)
        words = self._words_of_batch(records) if DELETE in of_records else None
        lines = encode_lines(records if words is None else stored_form(records))
        data = SEPARATOR + SEPARATOR.join(lines)
        if words is None or not has_only_deletes(records):
            self._quota.check_size(self.path, self.size + len(data))
        if not self._index or not self._epoch_is_stored:
            self._store_room()
        first_offset = self._file.end + len(SEPARATOR)
        self._file.append(data)
        lengths = [len(line) + len(SEPARATOR) for line in lines]
        self._index.extend(records, lengths, first_offset, of_records, [record.id for record in records])
        if words is not None:
            self._take_out(words)
        self.last_id, self._last_timestamp = records[-1].id, records[-1].timestamp
        if TOPIC in of_records or ROOM_NAME in of_records:
            self._set_settings({**self._settings, **settings_of(records)})
        self._set_tally(self._cleared)
        self._write_checkpoint()

    def create(self, name: str) -> bool:
        """Create the file of the room under this name; False if there is one. Raises `StorageError`."""
        with self._writing():
            if self._index:
                return False
            self._quota.check_disk()
            self._set_room_record(msgspec.structs.replace(self._room_record, name=name))
            self._store_room()
            return True

    def receive(self, head: Record, tally: Tally, events: Iterable[Record]) -> None:
        """Put a file of these records in the place of the room's. Raises `StorageError`."""
        with self._writing(), without_derived_files(self._disk, self.path):
            self._replace(joined(_NewFile(head, events).parts()), b"", tally.cleared - self._cleared)

    def fill(self, name: str, topic: str, events: Iterable[AnyRecord]) -> bool:
        """Create the file of the room with these records; False if there is one. Raises `StorageError`."""
        with self._writing():
            if self._index:
                return False
            self._known.refuse_writer(self._file.has_writer)
            self._set_room_record(msgspec.structs.replace(self._room_record, name=name, topic=topic or None))
            with self._quota.creating(self.path):
                new = _NewFile(self._room_record, events)
                self._replace(joined(new.parts()), b"", scanned=partial(self._scan_new, new))
            return True

    def _scan_new(self, written: "_NewFile", read: ReadAt) -> Scan:
        """Only the ends of a new file are read back: its records are known, and an import may write a million."""
        last, status = written.last, self._file.status
        if status is None:
            return scan(read)
        left = Checkpoint(self.epoch, last.id, last.timestamp, written.count, status, 0, others=written.others)
        return scan_ends(read, left) or scan(read)

    def remove(self, epoch: str, last_id: int) -> bool:
        """Remove the file and its lock, unless somebody wrote since these were read. Raises `StorageError`."""
        with self._writing():
            if not self._file.exists or (self.epoch, self.last_id) != (epoch, last_id):
                return False
            self._known.note(None)
            with without_derived_files(self._disk, self.path):
                self._cache.forget()
                self._file.remove()
            return True

    def clear(self, through: int) -> Record:
        """Remove every event up to this id: a file without them replaces this one. Raises `StorageError`."""
        return self._with_fit_index(lambda: self._clear(through))

    def _clear(self, through: int) -> Record:
        with self._writing():
            record_id, target = self.last_id + 1, max(0, min(through, self.last_id))
            record = Record(id=record_id, type="clear", target=target, timestamp=now(), batch=record_id)
            removed = self._index.count_messages(self._index.count_through(through))
            gone = amendments_of_cleared(self._index, self._reader(), target)
            self._replace(self._remaining(target, gone), SEPARATOR + encode_line(record), removed)
            return record

    def compact(self, *, dry_run: bool = False) -> Compaction:
        """Drop the records that change nothing any more: a file without them replaces this one."""
        return self._with_fit_index(lambda: self._compact(dry_run))

    def _compact(self, dry_run: bool) -> Compaction:
        with self._writing():
            if self._index.is_cached:
                raise CacheUnfit  # the file is made anew of what the index leads to
            changes, size = find_changes(self._index, self._reader()), self.size
            count = len(changes.dropped) + len(changes.lines)
            if not count:
                return Compaction(0, 0)
            changes.lines[0] = with_members(self._reader().line(0), {"compacted": self.last_id, "epoch": self.epoch})
            remaining = rewritten(self._file.read, self._index, self._file.end, changes)
            if dry_run:
                saved = self._file.end - self._index.offsets[0] - sum(map(len, remaining))
                return Compaction(count, saved)
            removed = sum(self._index.kinds[each] == BLANKED_MESSAGE for each in changes.dropped)
            self._replace(remaining, b"", removed)
            return Compaction(count, size - self.size)

    def _store_room(self) -> None:
        """Write the file of a new room, or the records that another program put there under a new epoch."""
        self._known.refuse_writer(self._file.has_writer)  # a program may have begun to write to an empty file
        with contextlib.nullcontext() if self._file.exists else self._quota.creating(self.path):
            self._replace(self._remaining(0, set()), b"")

    def _remaining(self, through: int, dropped: set[int]) -> Iterator[bytes]:
        """The bytes of the room's record, and of the records behind an id, but for these positions, in parts."""
        if not self._index:
            yield encode_line(self._room_record)
            return
        assert not self._index.omitted, "what is not in the index would be lost"
        if self._index.is_cached:
            raise CacheUnfit  # these bytes become the file
        members = settings_through(self._settings, through)
        if not self._epoch_is_stored:
            members["epoch"] = self.epoch
        line = self._reader().line(0)
        yield with_members(line, members) if members else line
        start = max(1, self._index.count_through(through))
        if start + len(dropped) < len(self._index):
            yield SEPARATOR
            yield from rewritten(self._file.read, self._index, self._file.end, Changes(dropped, {}), start)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the room's lock, synchronized. Raises `StorageError`."""
        with write_errors(self.room, self.path), self._locked():
            self._synchronize()
            if self.damage is not None:
                raise RoomDamaged(self.room, self.damage, self.path)
            yield


class _NewFile:
    """The lines of a new file, many at a time. No record has a crc. `others` are no messages."""

    def __init__(self, head: Record, events: Iterable[AnyRecord]) -> None:
        self.last: AnyRecord = head
        self.count = self.others = 1  # the room's own record
        self._head = head
        self._events = iter(events)

    def parts(self) -> Iterator[bytes]:
        """The bytes from the first record to the last one."""
        yield encode_line(self._head)
        while records := list(islice(self._events, ENCODED_AT_ONCE)):
            self.last = records[-1]
            self.count += len(records)
            self.others += len(records) - kinds_of(records).count(MESSAGE)
            yield SEPARATOR + SEPARATOR.join(encode_lines(records))
