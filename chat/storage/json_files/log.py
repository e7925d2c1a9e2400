"""One room's log in its JSON file: an array with one record per line.

Appending overwrites the closing `\\n]\\n` with `,\\n{...}\\n]\\n` in one positioned write and one fdatasync: its cost
does not grow with the file, and the file is a valid JSON document after every batch. Server processes and management
commands share it: every batch is written under a lock, after a look at inode and size.
"""

import contextlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from chat.storage import (
    Damage,
    Draft,
    Record,
    RecordPage,
    RoomDamaged,
    RoomUnavailable,
    StorageError,
    StorageUnavailable,
    Stored,
)
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.disk_errors import disk_errors
from chat.storage.json_files.fast_parse import SEPARATOR
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import FORMAT, encode_line, encode_lines
from chat.storage.json_files.quota_guard import QuotaGuard
from chat.storage.json_files.reader import Reader
from chat.storage.json_files.room_file import RoomFile
from chat.storage.json_files.scan import CLOSING, OPENING, Scan, scan, scan_added
from chat.storage.numbering import assign_ids
from chat.storage.timestamps import now

COPY = 2**20  # bytes copied at a time when a file is rewritten


class JsonFileLog:
    """One room's file. Not thread-safe: it belongs to the storage thread, or to a command."""

    def __init__(self, path: Path, disk: Disk, quota: QuotaGuard) -> None:
        self.path = path
        self.room = path.stem
        self._quota = quota
        self.damage: Damage | None = None
        self._file = RoomFile(path, disk)
        self._become_empty(self.room)
        try:
            self.refresh()
        except StorageError:
            self.close()
            raise

    def _become_empty(self, name: str) -> None:
        """A room without a file: its own record is ready, and is written with the first batch."""
        made = Record(id=1, type="room", name=name, epoch=uuid.uuid4().hex, format=FORMAT, timestamp=now(), batch=1)
        self._describe(made)
        self._index = Index()
        self._untidy = False
        self.damage = None
        self.last_id = 1
        self._file.found(0, 0)

    def _describe(self, room: Record) -> None:
        self._room = room
        self.name = room.name or self.room
        self.epoch = room.epoch or ""

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

    def refresh(self) -> None:
        """Take in what others wrote. Raises `StorageError`."""
        if not self.changed():
            return
        try:
            with self._locked():
                pass
        except StorageUnavailable:
            if self._file.failed:
                raise  # what stands there now was refused to its senders
            if self.changed():  # no lock, or no repair, in a folder that may only be read or on a full disk
                with disk_errors(self.room, self.path):
                    self._look()

    def close(self) -> None:
        """Give the descriptor back; the next use opens the file again."""
        self._file.close()

    # Reading

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> RecordPage:
        """At most `limit` events next to an id, or the newest ones; nothing else of the file is read."""
        self._catch_up()
        return self._reader().page(before, after, limit)

    def _catch_up(self) -> None:
        """See that index and file belong together. A disk that only refuses to be written does not end reading."""
        try:
            if self._file.closed or not self._file.known:
                self.refresh()
        except StorageUnavailable:
            if not self._file.known:
                raise

    def _reader(self) -> Reader:
        return Reader(self._file, self._index)

    # Writing

    def append(self, drafts: Sequence[Draft]) -> list[Stored]:
        """Store a batch with one write and one sync. Raises `StorageError`, and then nothing of it is stored."""
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
            self._replace([encode_line(self._room)], b"")
        first = self._file.end + len(SEPARATOR)
        self._file.append(data)
        self._index.extend(records, [len(line) + len(SEPARATOR) for line in lines], first)
        self.last_id = records[-1].id

    def create(self, name: str) -> bool:
        """Make the file of a room that has none, under this name; False if it has one. Raises `StorageError`."""
        with self._writing():
            if self._index:
                return False
            self._quota.check_room(self.path, 0, new=not self._file.exists)
            self._describe(msgspec.structs.replace(self._room, name=name))
            self._replace([encode_line(self._room)], b"")
            return True

    def clear(self, through: int) -> Record:
        """Drop every event up to this id: a file without them takes the place of this one. Raises `StorageError`."""
        with self._writing():
            batch, target = self.last_id + 1, max(0, min(through, self.last_id))
            record = Record(id=batch, type="clear", target=target, timestamp=now(), batch=batch)
            self._replace(self._kept(through), SEPARATOR + encode_line(record))
            return record

    def _kept(self, through: int) -> Iterator[bytes]:
        """The bytes of the room's record, and of every record behind an id, in pieces, as they stand in the file."""
        if not self._index:
            yield encode_line(self._room)
            return
        yield self._reader().line(0)
        start = max(1, self._index.through(through))
        if start < len(self._index):
            yield SEPARATOR
            for place in range(self._index.offsets[start], self._file.end, COPY):
                yield self._file.read(min(COPY, self._file.end - place), place)

    def _replace(self, kept: Iterable[bytes], added: bytes) -> None:
        self._file.replace(chain([OPENING], kept, [added, CLOSING]))
        self._look()

    # Taking in what is there

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._locked():
            if self.damage is not None:
                raise RoomDamaged(self.room, self.damage, self.path)
            yield

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the room's lock with everything taken in that others wrote, durable, and a torn tail mended."""
        with disk_errors(self.room, self.path), self._file.locked():
            if self._untidy or self._file.changed():
                self._look()
            if self._untidy:
                self._file.repair()
                self._untidy = False
            self._file.make_durable()
            yield

    def _look(self) -> None:
        """Read the file that is there now: all of it, or only what was added."""
        grown = self._file.look()
        if not self._file.exists:
            self._become_empty(self.name)
            return
        added = None
        if grown and self._index and self.damage is None:
            added = scan_added(self._file.read, self._index, self._room)
        self._take_scan(added or scan(self._file.read))

    def _take_scan(self, found: Scan) -> None:
        if found.room is None or found.last is None:
            if found.damage is not None:
                self._file.close()
                raise RoomUnavailable(self.room, f"{found.damage.where}: {found.damage.reason}", self.path)
            self._become_empty(self.name)  # an empty file or an empty array: a room's before its first words
            return
        doubt = self._doubt(found.last, found.index) if found.damage is None else found.end  # or it were overwritten
        self._file.found(found.end, doubt)
        self._describe(found.room)
        self._index, self.damage = found.index, found.damage
        self.last_id = found.index.ids[-1]
        self._untidy = not found.tidy and found.damage is None

    def _doubt(self, last: Record, index: Index) -> int:
        """Where the record in front of the last batch begins: the comma behind it belongs to that batch."""
        return index.offsets[max(0, index.before(min(last.batch or last.id, last.id)) - 1)]
