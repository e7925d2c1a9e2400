"""The log of one room in its JSON file: an array with one record per line.

An append overwrites the trailer `\\n]\\n` with `,\\n{...}\\n]\\n` in one positioned write and one fdatasync: its cost
does not depend on the size of the file, and the file is valid JSON after every batch. Server processes and management
commands share the file: every batch is written under a lock, after a check of inode and size.
"""

import contextlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from chat.storage import (
    ROOM_RECORD_ID,
    AppendOutcome,
    Damage,
    Draft,
    Record,
    RecordPage,
    RoomDamaged,
    RoomUnusable,
    StorageError,
    StorageUnavailable,
)
from chat.storage.json_files.disk import COPY_BYTES, Disk
from chat.storage.json_files.disk_errors import disk_errors, write_errors
from chat.storage.json_files.fast_parse import SEPARATOR
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import FORMAT, encode_line, encode_lines
from chat.storage.json_files.quota_guard import QuotaGuard
from chat.storage.json_files.reader import RecordReader
from chat.storage.json_files.room_file import RoomFile
from chat.storage.json_files.scan import HEADER, TRAILER, Scan, scan, scan_added
from chat.storage.numbering import assign_ids
from chat.storage.timestamps import now


class JsonFileLog:
    """One room's file. Not thread-safe: it belongs to the storage thread, or to a command."""

    def __init__(self, path: Path, disk: Disk, quota: QuotaGuard) -> None:
        self.path = path
        self.room = path.stem
        self.damage: Damage | None = None
        self._quota = quota
        self._file = RoomFile(path, disk)
        self._reset_to_empty(self.room)
        try:
            self.refresh()
        except StorageError:
            self.close()
            raise

    def _reset_to_empty(self, name: str) -> None:
        """A room without records. Only its room record is prepared; the first batch writes it."""
        self._set_room_record(
            Record(
                id=ROOM_RECORD_ID,
                type="room",
                name=name,
                epoch=uuid.uuid4().hex,
                format=FORMAT,
                timestamp=now(),
                batch=ROOM_RECORD_ID,
            )
        )
        self._index = Index()
        self.damage = None
        self.last_id = ROOM_RECORD_ID
        self._file.set_scanned(0, 0)

    def _set_room_record(self, record: Record) -> None:
        self._room_record = record
        self.name = record.name or self.room
        self.epoch = record.epoch or ""

    @property
    def location(self) -> str:
        """The path of the file."""
        return str(self.path)

    @property
    def exists(self) -> bool:
        """Whether there is a file with anything in it."""
        return self.size > 0

    @property
    def size(self) -> int:
        """Bytes of the file; 0 without one."""
        return self._file.size

    def changed(self) -> bool:
        """Whether the file is not as this log left it: one stat call."""
        return self._file.changed()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    # Reading

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> RecordPage:
        """At most `limit` events next to an id, or the newest ones; reads nothing else of the file."""
        self._ensure_scanned()
        return self._reader().page(before, after, limit)

    def _ensure_scanned(self) -> None:
        """Make sure that index and file belong together. A disk that only refuses writes can still be read."""
        try:
            if self._file.closed or not self._file.is_scanned:
                self.refresh()
        except StorageUnavailable:
            if not self._file.is_scanned:
                raise

    def _reader(self) -> RecordReader:
        return RecordReader(self._file, self._index)

    # Writing

    def append(self, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        """Store a batch with one write and one sync. Raises `StorageError`, and then stores nothing of it."""
        with self._writing():
            outcomes, records = assign_ids(drafts, self.last_id, self._reader().find)
            if records:
                self._append(records)
            return outcomes

    def _append(self, records: list[Record]) -> None:
        lines = encode_lines(records)
        data = SEPARATOR + SEPARATOR.join(lines)
        self._quota.check_room(self.path, self.size + len(data), new=not self._file.exists)
        if not self._index:
            self._replace([encode_line(self._room_record)], b"")
        first_offset = self._file.end + len(SEPARATOR)
        self._file.append(data)
        self._index.extend(records, [len(line) + len(SEPARATOR) for line in lines], first_offset)
        self.last_id = records[-1].id

    def create(self, name: str) -> bool:
        """Create the file of the room under this name; False if there is one. Raises `StorageError`."""
        with self._writing():
            if self._index:
                return False
            self._quota.check_room(self.path, 0, new=not self._file.exists)
            self._set_room_record(msgspec.structs.replace(self._room_record, name=name))
            self._replace([encode_line(self._room_record)], b"")
            return True

    def remove(self, epoch: str, last_id: int) -> bool:
        """Remove the file and its lock, unless somebody wrote since these were read. Raises `StorageError`."""
        with self._writing():
            if not self._file.exists or (self.epoch, self.last_id) != (epoch, last_id):
                return False
            self._file.remove()
            return True

    def clear(self, through: int) -> Record:
        """Remove every event up to this id: a file without them replaces this one. Raises `StorageError`."""
        with self._writing():
            record_id, target = self.last_id + 1, max(0, min(through, self.last_id))
            record = Record(id=record_id, type="clear", target=target, timestamp=now(), batch=record_id)
            self._replace(self._remaining(through), SEPARATOR + encode_line(record))
            return record

    def _remaining(self, through: int) -> Iterator[bytes]:
        """The bytes of the room's record, and of every record behind an id, as they are in the file, in parts."""
        if not self._index:
            yield encode_line(self._room_record)
            return
        yield self._reader().line(0)
        start = max(1, self._index.count_through(through))
        if start < len(self._index):
            yield SEPARATOR
            for offset in range(self._index.offsets[start], self._file.end, COPY_BYTES):
                yield self._file.read(min(COPY_BYTES, self._file.end - offset), offset)

    def _replace(self, remaining: Iterable[bytes], added: bytes) -> None:
        self._file.replace(chain([HEADER], remaining, [added, TRAILER]))
        self._reload()

    # Following the file

    def refresh(self) -> None:
        """Load what other processes wrote. Raises `StorageError`."""
        if not self.changed():
            return
        try:
            with disk_errors(self.room, self.path):
                if self._file.is_removed():  # a lock would leave its file behind
                    return self._reload()
                with self._file.locked():
                    self._synchronize()
        except StorageUnavailable:
            if self._file.has_failed_write:
                raise  # its bytes may be in the file, and were refused to their senders
            if self.changed():  # no lock or no repair: the folder is read-only, or the disk full
                with disk_errors(self.room, self.path):
                    self._reload()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the room's lock, synchronized. Raises `StorageError`."""
        with write_errors(self.room, self.path), self._file.locked():
            self._synchronize()
            if self.damage is not None:
                raise RoomDamaged(self.room, self.damage, self.path)
            yield

    def _synchronize(self) -> None:
        """Under the lock: load everything that other processes wrote, repair it and make it durable."""
        if self._file.torn or self._file.changed():  # without the lock a write in progress looks torn
            self._reload()
        self._file.recover()

    def _reload(self) -> None:
        """Scan the file of this name: what was added, or all of it."""
        grown = self._file.reopen()
        if not self._file.exists:
            self._reset_to_empty(self.name)
            return
        added = None
        if grown and self._index and self.damage is None:
            added = scan_added(self._file.read, self._index, self._room_record)
        self._apply(added or scan(self._file.read))

    def _apply(self, found: Scan) -> None:
        if found.room is None or found.last is None:
            if found.damage is not None:
                self._file.close()
                raise RoomUnusable(self.room, f"{found.damage.where}: {found.damage.reason}", self.path)
            self._reset_to_empty(self.name)  # an empty file, or an empty array
            return
        if found.damage is None:
            unsynced_from = _before_last_batch(found.last, found.index)
            self._file.set_scanned(found.end, unsynced_from, torn=not found.clean_end)
        else:
            self._file.set_scanned(found.end, found.end)  # nothing of a damaged file is written again
        self._set_room_record(found.room)
        self._index, self.damage = found.index, found.damage
        self.last_id = found.index.ids[-1]


def _before_last_batch(last: Record, index: Index) -> int:
    """Where the record in front of the last batch starts: the comma behind it belongs to that batch."""
    return index.offsets[max(0, index.count_before(min(last.batch or last.id, last.id)) - 1)]
