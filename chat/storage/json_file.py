"""One JSON file per room: `storage/<room>.json`, an array with one record per line.

Appending overwrites the closing `\\n]\\n` with `,\\n{...}\\n]\\n` in one positioned write and one fdatasync: its cost
does not grow with the file, and the file is a valid JSON document after every batch. Server processes and management
commands share it: every batch is written under a lock, after a look at inode and size.
"""

import contextlib
import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from chat.names import is_room
from chat.storage import (
    Damage,
    Draft,
    Page,
    Record,
    RoomDamaged,
    RoomInfo,
    RoomLog,
    RoomUnavailable,
    StorageUnavailable,
    Stored,
)
from chat.storage.disk import Disk
from chat.storage.index import Index
from chat.storage.records import FORMAT, BadRecord, decode_line, encode_line, now
from chat.storage.room_file import RoomFile
from chat.storage.scan import CLOSING, OPENING, Scan, scan

SEPARATOR = b",\n"
COPY = 2**20  # bytes copied at a time when a file is rewritten
ENDS = 2**16  # bytes read at each end of a file for the room list: more than the longest record
logger = logging.getLogger(__name__)


class JsonFileStore:
    """The rooms of one folder."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self._disk = disk or Disk()

    def rooms(self) -> list[RoomInfo]:
        """Every room with a file, by the name that people read."""
        paths = [path for path in self.folder.glob("*.json") if is_room(path.stem)]
        return sorted((_info(path) for path in paths), key=lambda info: info.name.casefold())

    def open(self, room: str) -> RoomLog:
        """A room's log; without a file it is empty, and its first batch makes one. Raises `StorageError`."""
        return JsonFileLog(self.folder / f"{room}.json", self._disk)

    def create(self, room: str, name: str) -> bool:
        """Make a room's file; False if there was one. Raises `StorageError`."""
        log = JsonFileLog(self.folder / f"{room}.json", self._disk)
        try:
            return log.create(name)
        finally:
            log.close()


class JsonFileLog:
    """One room's file. Not thread-safe: it belongs to the storage thread, or to a command."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.room = path.stem
        self.damage: Damage | None = None
        self._file = RoomFile(path, disk)
        self._become_empty(self.room)
        self.refresh()

    def _become_empty(self, name: str) -> None:
        """A room without a file: its own record is ready, and is written with the first batch."""
        self._describe(Record(id=1, type="room", name=name, epoch=uuid.uuid4().hex, format=FORMAT, timestamp=now(), batch=1))
        self._index = Index()
        self._untidy = False
        self.damage = None
        self.last_id = 1

    def _describe(self, room: Record) -> None:
        self._room = room
        self.name = room.name or self.room
        self.epoch = room.epoch or ""

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
        except StorageUnavailable:  # no lock can be had in a folder that may only be read
            with self._unavailable():
                self._look()

    def close(self) -> None:
        """Give the descriptor back; the next use opens the file again."""
        self._file.close()

    # Reading

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> Page:
        """At most `limit` events next to an id, or the newest ones; nothing else of the file is read."""
        first = min(1, len(self._index))  # position 0 is the room's own record
        stop = len(self._index) if before is None else max(first, self._index.before(before))
        if after is None:
            start = max(first, stop - limit)
            return Page(self._records(start, stop), complete=start == first)
        start = max(first, self._index.through(after))
        return Page(self._records(start, min(stop, start + limit)), complete=start + limit >= stop)

    def _records(self, start: int, stop: int) -> list[Record]:
        """The records at these positions, with one read. What has become unreadable is logged and left out."""
        if start >= stop:
            return []
        offset = self._index.offsets[start]
        behind = self._index.offsets[stop] if stop < len(self._index) else self._file.size
        with self._unavailable():
            data = self._file.read(behind - offset, offset)
        return [record for line in data.split(b"\n") if (record := self._record(line)) is not None]

    def _record(self, line: bytes) -> Record | None:
        text = line.strip()
        if not text.startswith(b"{"):
            return None
        try:
            return decode_line(text.removesuffix(b",").rstrip())
        except BadRecord as error:
            logger.error("%s: a record cannot be read: %s", self.path, error.reason)
            return None

    # Writing

    def append(self, drafts: Sequence[Draft]) -> list[Stored]:
        """Store a batch with one write and one sync. Raises `StorageError`, and then nothing of it is stored."""
        with self._writing():
            outcomes, records = self._number(drafts)
            if not self._index:
                self._make_file(records)
            elif records:
                lines = [encode_line(record) for record in records]
                place = self._file.end + len(SEPARATOR)
                self._file.append(b"".join([SEPARATOR + line for line in lines]))
                self._take_in(records, lines, place)
            return outcomes

    def _number(self, drafts: Sequence[Draft]) -> tuple[list[Stored], list[Record]]:
        """Give each draft its id, or find the record that it repeats."""
        timestamp, batch, identity = now(), self.last_id + 1, self.last_id
        fresh: dict[tuple[str, str | None], Record] = {}
        outcomes, records = [], []
        for draft in drafts:
            key = draft.author, draft.client_id
            known = None if draft.client_id is None else fresh.get(key) or self._stored(draft.author, draft.client_id)
            if known is None:
                identity = draft.id or identity + 1
                fresh[key] = _numbered(draft, identity, batch, timestamp)
                records.append(fresh[key])
            outcomes.append(Stored(known or fresh[key], repeated=known is not None))
        return outcomes, records

    def _stored(self, author: str, client_id: str) -> Record | None:
        for position in self._index.candidates(author, client_id):
            for record in self._records(position, position + 1):
                if (record.author, record.client_id) == (author, client_id):
                    return record
        return None

    def _take_in(self, records: list[Record], lines: list[bytes], place: int) -> None:
        for record, line in zip(records, lines, strict=True):
            self._index.add(record, place)
            place += len(line) + len(SEPARATOR)
        self.last_id = records[-1].id

    def create(self, name: str) -> bool:
        """Make the file of a room that has none, under this name; False if it has one. Raises `StorageError`."""
        with self._writing():
            if self._index:
                return False
            self._describe(msgspec.structs.replace(self._room, name=name))
            self._make_file([])
            return True

    def _make_file(self, records: list[Record]) -> None:
        """A room's file comes into being whole: the room's own record and the first batch."""
        self._replace([encode_line(self._room)], records)

    def clear(self, through: int) -> Record:
        """Drop every event up to this id: a file without them takes the place of this one. Raises `StorageError`."""
        with self._writing():
            batch = self.last_id + 1
            record = Record(id=batch, type="clear", target=min(through, self.last_id), timestamp=now(), batch=batch)
            self._replace(self._kept(through), [record])
            return record

    def _kept(self, through: int) -> Iterator[bytes]:
        """The bytes of the room's record, and of every record behind an id, in pieces."""
        yield encode_line(self._room)
        start = max(1, self._index.through(through))
        if start < len(self._index):
            yield SEPARATOR
            for place in range(self._index.offsets[start], self._file.end, COPY):
                yield self._file.read(min(COPY, self._file.end - place), place)

    def _replace(self, kept: Iterable[bytes], records: list[Record]) -> None:
        added = b"".join([SEPARATOR + encode_line(record) for record in records])
        self._file.replace(chain([OPENING], kept, [added, CLOSING]))
        self._look()

    # Taking in what is there

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._locked():
            if self.damage is not None:
                raise RoomDamaged(self.path, self.damage)
            yield

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the room's lock with everything taken in that others wrote, and a torn tail mended."""
        with self._unavailable(), self._file.locked():
            if self._untidy or self._file.changed():
                self._look()
            if self._untidy:
                self._file.repair()
                self._untidy = False
            yield

    @contextlib.contextmanager
    def _unavailable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageUnavailable(self.path, error.strerror or str(error)) from error

    def _look(self) -> None:
        """Read the file that is there now: all of it, or only what was added."""
        inode, size = self._file.inode, self._file.size
        self._file.look()
        if not self._file.exists:
            self._become_empty(self.name)
        elif self._index and self.damage is None and self._file.inode == inode and self._file.size >= size:
            self._take_scan(self._scan_added())
        else:
            self._take_scan(scan(self._file.read))

    def _scan_added(self) -> Scan:
        """Go on behind the last known record, if it still stands where it stood; otherwise read everything."""
        known, newest = len(self._index), self._index.ids[-1]
        found = scan(self._file.read, self._index, self._room)
        unchanged = found.damage is None and len(found.index) >= known and found.index.ids[known - 1] == newest
        return found if unchanged else scan(self._file.read)

    def _take_scan(self, found: Scan) -> None:
        if found.room is None:
            if found.damage is not None:
                raise RoomUnavailable(self.path, f"line {found.damage.line}: {found.damage.reason}")
            self._become_empty(self.name)  # an empty file or an empty array: a room's before its first words
            return
        self._describe(found.room)
        self._index, self.damage = found.index, found.damage
        self.last_id = found.index.ids[-1]
        self._file.found(found.end)
        self._untidy = not found.tidy and found.damage is None


def _numbered(draft: Draft, identity: int, batch: int, timestamp: str) -> Record:
    return Record(
        id=identity,
        type="message",
        author=draft.author,
        username=draft.username,
        message=draft.message,
        timestamp=draft.timestamp or timestamp,
        client_id=draft.client_id,
        reply_to=draft.reply_to,
        batch=batch,
    )


def _info(path: Path) -> RoomInfo:
    """A room's name and last id from the two ends of its file; a room that cannot be read is listed all the same."""
    try:
        with path.open("rb") as file:
            head = file.read(ENDS).split(b"\n")
            file.seek(max(0, path.stat().st_size - ENDS))
            tail = file.read().split(b"\n")
    except OSError:
        head = tail = []
    names = [record.name for record in _readable(head[1:2])]
    ids = [record.id for record in _readable(reversed(tail))]
    return RoomInfo(path.stem, next(filter(None, names), path.stem), next(iter(ids), 1))


def _readable(lines: Iterable[bytes]) -> Iterator[Record]:
    for line in lines:
        with contextlib.suppress(BadRecord):
            yield decode_line(line.strip().removesuffix(b","))
