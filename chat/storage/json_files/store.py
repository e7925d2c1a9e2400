"""The store of one folder: one JSON file per room, `storage/<room>.json`.

The list of rooms is read from both ends of the files; log.py reads and writes them.
"""

import contextlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from chat.conf import Conf
from chat.storage import (
    ROOM_RECORD_ID,
    AppendOutcome,
    Draft,
    Edit,
    Record,
    RoomInfo,
    RoomLog,
    Store,
    Tally,
    Verification,
)
from chat.storage.json_files.atomic_write import replace_file
from chat.storage.json_files.backup import back_up, default_backup_path
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.disk_errors import disk_errors
from chat.storage.json_files.edits import find_edits
from chat.storage.json_files.file_status import FileStatus
from chat.storage.json_files.lines import BadRecord, decode_line, record_bytes
from chat.storage.json_files.log import JsonFileLog
from chat.storage.json_files.quota_guard import QuotaGuard
from chat.storage.json_files.renamed import is_room_file
from chat.storage.json_files.repair import accept_edits, repair_layout
from chat.storage.json_files.room_lock import Checkpoint, lock_path, peek_checkpoint
from chat.storage.json_files.standing_still import KnownFile
from chat.storage.json_files.verify import verify_file
from chat.storage.quota import Quota
from chat.storage.records import AnyRecord
from chat.storage.yielding import let_others_run
from chat.text.names import is_room_slug

CHECK_BYTES = 4096  # fewer could find room on a full disk where a message would not
END_BYTES = 2**16  # read at each end of a file for the room list: more than a usual record
_batch = re.compile(rb'"batch":([0-9]{1,16}),"crc":"[0-9a-f]{8}"\}')  # at the end of a record


def open_store(conf: Conf, quota: Quota, lock_timeout_seconds: float) -> Store:
    """The store in the folder that the settings name."""
    return JsonFileStore(conf.storage_dir, Disk(lock_timeout_seconds), quota)


class _CachedInfo(NamedTuple):
    """The info of a room, and what its file was like when it was read; None: the next request reads it again."""

    status: FileStatus | None
    info: RoomInfo


class JsonFileStore:
    """The rooms of one folder."""

    def __init__(
        self,
        folder: Path,
        disk: Disk | None = None,
        quota: Quota | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._known_files: dict[Path, KnownFile] = {}  # those that had records when this process used them
        self._disk = disk or Disk()
        self._quota = QuotaGuard(quota or Quota(), self._disk, folder)
        self._cache: dict[str, _CachedInfo] = {}  # by room

    @property
    def location(self) -> str:
        """The path of the folder."""
        return str(self.folder)

    # The list of rooms

    def rooms(self) -> list[RoomInfo]:
        """Every room with a file, by its name for people. Raises `StorageUnavailable`."""
        with disk_errors(None, self.folder):
            paths = [self.folder / name for name in self._disk.entries(self.folder)]
        self._cache = {path.stem: self._newest_known_info(path) for path in paths if is_room_file(path)}
        infos = [cached.info for cached in self._cache.values()]
        return sorted(infos, key=lambda info: (info.name.casefold(), info.room))

    def _newest_known_info(self, path: Path) -> _CachedInfo:
        """The info of a file that cannot be read is the last one that was read, until it can."""
        try:
            return self._current_info(path, self._disk.stat(path))
        except OSError:
            return self._last_read_info(path)

    def find(self, room: str) -> RoomInfo | None:
        """One room; None if it has no file. Raises `StorageUnavailable`."""
        path = self._path(room)
        with disk_errors(room, path):
            try:
                status = self._disk.stat(path)
            except FileNotFoundError:
                return None
        try:
            self._cache[room] = self._current_info(path, status)
        except OSError:
            self._cache[room] = self._last_read_info(path)
        return self._cache[room].info

    def _current_info(self, path: Path, status: os.stat_result) -> _CachedInfo:
        """A file is read only if it has changed: the list is requested with every page. Raises OSError."""
        current, cached = FileStatus.of(status), self._cache.get(path.stem)
        return cached if cached and cached.status == current else _CachedInfo(current, self._read_info(path))

    def _last_read_info(self, path: Path) -> _CachedInfo:
        cached = self._cache.get(path.stem)
        return _CachedInfo(None, cached.info if cached else RoomInfo(path.stem, path.stem))

    def _read_info(self, path: Path) -> RoomInfo:
        """A room's name and last id from both ends of its file, as far as they can be read."""
        with self._disk.opened(path) as fd:
            names = [record.name for record in _intact_records(self._disk.read(fd, END_BYTES, 0).split(b"\n")[1:2])]
            status = FileStatus.of(self._disk.stat_open(fd))
            last_id = _last_id(self._disk.read(fd, END_BYTES, max(0, status.size - END_BYTES)))
        let_others_run()  # there may be thousands of files
        checkpoint = self._checkpoint(path)
        name = (checkpoint and checkpoint.name) or next(filter(None, names), path.stem)
        # Without a checkpoint every event counts as a message.
        tally = Tally(last_id, last_id - ROOM_RECORD_ID) if checkpoint is None else checkpoint.tally(last_id)
        return RoomInfo(path.stem, name, tally, status.mtime_ns)

    def _checkpoint(self, path: Path) -> Checkpoint | None:
        with contextlib.suppress(OSError):
            return peek_checkpoint(self._disk, lock_path(path))
        return None

    # One room

    def open(self, room: str) -> RoomLog:
        """A room's log; without a file it is empty, and its first batch creates one. Raises `StorageError`."""
        return self._log(room)

    def append(self, room: str, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        """Append to a room's file; without client_ids and targets only its ends are read. Raises `StorageError`."""
        only_appends = all(map(_needs_no_index, drafts))
        with contextlib.closing(self._log(room, only_appends=only_appends)) as log:
            return log.append(drafts)

    def create(self, room: str, name: str) -> bool:
        """Create a room's file; False if there is one. Raises `StorageError`."""
        with contextlib.closing(self._log(room)) as log:
            return log.create(name)

    def remove(self, room: str, epoch: str, last_id: int) -> bool:
        """Remove a room's file and its lock file. Raises `StorageError`."""
        with contextlib.closing(self._log(room)) as log:
            return log.remove(epoch, last_id)

    def _log(self, room: str, *, only_appends: bool = False) -> JsonFileLog:
        path = self._path(room)
        known = self._known_files.get(path) or KnownFile(path, self._clock, self._known_files)
        return JsonFileLog(path, self._disk, self._quota, known, only_appends=only_appends)

    def _path(self, room: str) -> Path:
        if not is_room_slug(room):  # it becomes the name of a file
            raise ValueError(f"{room!r} is not a room")
        return self.folder / f"{room}.json"

    def verify(self, room: str) -> Verification:
        """Check every record of a room's file, without a lock. Raises `StorageUnavailable`."""
        path = self._path(room)
        with disk_errors(room, path):
            report = verify_file(path, self._disk)
        return Verification(report.records, report.notes(), report.damage)

    def back_up(self, room: str, target: Path) -> None:
        """Copy a room's file. Raises `RoomDamaged`, OSError."""
        back_up(self._disk, self._path(room), target)

    def default_backup_path(self, room: str) -> Path:
        """Beside the room's file, with the time in its name."""
        return default_backup_path(self._path(room))

    def receive(self, room: str, head: Record, tally: Tally, events: Iterable[Record], *, after: int) -> None:
        """Write a room's file anew, complete or not at all, whatever it has already. Raises `StorageError`."""
        with contextlib.closing(self._log(room)) as log:
            log.receive(head, tally, events)

    def fill(self, room: str, name: str, topic: str, events: Iterable[AnyRecord]) -> bool:
        """Write the file of a new room, complete or not at all. Raises `StorageError`."""
        with contextlib.closing(self._log(room)) as log:
            return log.fill(name, topic, events)

    # Repairs

    def repair_layout(self, room: str, backup: Path | None) -> bool:
        """Give a room's file the layout of chatsite. Raises `StorageUnavailable`, `RoomDamaged`."""
        path = self._path(room)
        with disk_errors(room, path):
            return repair_layout(self._disk, path, backup)

    def edits(self, room: str) -> list[Edit]:
        """Lines of a room's file whose checksum does not match, without a lock. Raises `StorageUnavailable`."""
        path = self._path(room)
        with disk_errors(room, path):
            copies = [path.with_name(name) for name in self._disk.entries(self.folder) if name.startswith(path.name)]
            with self._disk.opened(path) as fd:
                return find_edits(self._disk.reader(fd), [copy for copy in copies if copy != path and copy.is_file()])

    def accept_edits(self, room: str, edits: Collection[Edit], backup: Path) -> bool:
        """Remove the checksums of edited lines. Raises `StorageUnavailable`."""
        path = self._path(room)
        with disk_errors(room, path):
            return accept_edits(self._disk, path, edits, backup)

    # The folder

    def owns(self, path: Path) -> bool:
        """Whether this is, or would be, the file of a room."""
        resolved = path.resolve()
        return resolved.parent == self.folder.resolve() and is_room_file(resolved)

    def close(self) -> None:
        """There is nothing to do: each log closes its own file."""

    def check_writable(self) -> None:
        """Write a block beside the rooms and sync it. Raises `StorageUnavailable` and `StorageFull`."""
        path = self.folder / ".check"
        with disk_errors(None, path):
            if not self._known_files:
                self._disk.make_folder(self.folder)
            self._quota.check_disk()
            replace_file(self._disk, path, [b"\0" * CHECK_BYTES])
            self._disk.remove(path)


def _needs_no_index(draft: Draft) -> bool:
    return draft.type == "message" and draft.client_id is None and draft.reply_to is None


def _last_id(tail: bytes) -> int:
    """The last id in the end of a file.

    The line of a very long message may begin in front of it. Then the id of its batch, which stands at its end, is the
    best guess. No more is read: every page shows the list of rooms, and a file may be of any size.
    """
    for record in _intact_records(reversed(tail.split(b"\n"))):
        return record.id
    batches = _batch.findall(tail)
    return int(batches[-1]) if batches else ROOM_RECORD_ID


def _intact_records(lines: Iterable[bytes]) -> Iterator[Record]:
    for line in lines:
        with contextlib.suppress(BadRecord):
            yield decode_line(record_bytes(line))
