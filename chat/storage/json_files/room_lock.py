"""The lock file of a room, `.<room>.lock`: held during every write, and its one line is a checkpoint of the room.

The checkpoint is written after the sync of the room's file, under the lock, and not synced itself. So the record that
it names is durable: if the file no longer has it, another program replaced the history.
"""

import contextlib
import os
import time
from pathlib import Path

import msgspec

from chat.storage import StorageUnavailable, Tally
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.file_status import FileStatus

LINE_BYTES = 1024  # of the line, padded: a rewrite needs no new block, so a full disk does not refuse it
MAX_LINE_BYTES = 4096  # an epoch that was edited by hand may be long
MAX_AGE_NS = 60 * 10**9  # of a lock file against its own line: a crash may leave a line of half a minute ago
NO_FILE = FileStatus(0, 0, 0)


class FolderGone(StorageUnavailable):
    """The folder that had rooms is gone. It is not made again: its owner is working on it. Retry."""


class Checkpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last record of a room, the numbers of its records, and its file as chatsite left it with them.

    `generation` changes with every change of the file that is not an append of chatsite: of the same generation, the
    records that were in the file are in the same places.

    `copied` is not stored, it is found when the line is read: the lock file was itself copied, or put back from a
    backup. Then the room may have had later records.
    """

    epoch: str
    last_id: int
    timestamp: str  # of the last record: an id alone can be given again
    records: int
    file: FileStatus
    written_ns: int  # when this was noted, since 1970
    generation: str = ""
    copied: bool = False
    cleared: int = 0  # messages that were removed
    name: str | None = None  # of the room, if an event changed it
    others: int = 0  # records in the file that are no messages, the room's own included; 0 in lines of older versions

    def tally(self, last_id: int) -> Tally:
        """The numbers up to an id. Every record behind the last one that is known counts as a message."""
        kept = self.records - max(1, self.others) + max(0, last_id - self.last_id)
        return Tally(last_id, self.cleared + kept, self.cleared)

    def describes(self, status: FileStatus | None) -> bool:
        """Whether the file is as chatsite left it: every byte of it is durable, and known to be chatsite's."""
        return self.file == status and not self.copied


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Checkpoint)


def lock_path(room_path: Path) -> Path:
    """The lock file of a room's file."""
    return room_path.with_name(f".{room_path.stem}.lock")


def peek_checkpoint(disk: Disk, path: Path) -> Checkpoint | None:
    """The last checkpoint in a lock file, without the lock: another process may be writing the next one.

    None if it is of an older version, or torn. Raises OSError.
    """
    with disk.opened(path) as fd:
        return _read_checkpoint(disk, fd)


def _read_checkpoint(disk: Disk, fd: int) -> Checkpoint | None:
    try:
        checkpoint = _decoder.decode(disk.read(fd, MAX_LINE_BYTES, 0).split(b"\n", 1)[0])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    changed_ns = disk.stat_open(fd).st_ctime_ns  # no tool can set this time
    return msgspec.structs.replace(checkpoint, copied=changed_ns - checkpoint.written_ns > MAX_AGE_NS)


class RoomLock:
    """The lock of one room. Methods raise OSError, `FolderGone`."""

    def __init__(self, room_path: Path, disk: Disk) -> None:
        self._path = lock_path(room_path)
        self._disk = disk
        self._fd: int | None = None  # while the lock is held

    def acquire(self, *, makes_folder: bool) -> None:
        """Take the lock. It is a separate file, as the room's file can be replaced while it is held.

        Another process may remove the file that this one waits for: then a new one is the lock.
        """
        while not self.is_held:
            self._fd = self._open(makes_folder=makes_folder)
            try:
                self._disk.lock(self._fd)
                has_name = self._disk.stat_open(self._fd).st_nlink > 0
            except BaseException:
                self.release()
                raise
            if not has_name:
                self.release()

    def release(self) -> None:
        """Give the lock back."""
        fd, self._fd = self._fd, None
        if fd is not None:
            self._disk.close(fd)

    @property
    def is_held(self) -> bool:
        """Whether this process holds the lock through this object."""
        return self._fd is not None

    def _open(self, *, makes_folder: bool) -> int:
        try:
            return self._disk.open(self._path, os.O_RDWR)
        except FileNotFoundError:
            return self._create(makes_folder=makes_folder)

    def _create(self, *, makes_folder: bool) -> int:
        if makes_folder:
            self._disk.make_folder(self._path.parent)
        try:
            return self._disk.open(self._path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError as error:
            why = "the folder is gone: put it back, or make a new one"
            raise FolderGone(None, why, self._path.parent) from error

    def remove(self) -> None:
        """Under the lock: remove its file. Whoever waits for it takes a new one."""
        self._disk.remove(self._path)

    def is_blank(self) -> bool:
        """Whether there is no lock file or, under the lock, nothing is noted in it. Raises OSError."""
        if self._fd is not None:
            return self.checkpoint() is None
        try:
            self._disk.stat(self._path)
        except FileNotFoundError:
            return True
        return False

    def checkpoint(self) -> Checkpoint | None:
        """The last checkpoint; None if there is none, or the lock is not held. Raises OSError."""
        return None if self._fd is None else _read_checkpoint(self._disk, self._fd)

    def peek(self) -> Checkpoint | None:
        """The last checkpoint without the lock. Raises OSError."""
        return peek_checkpoint(self._disk, self._path)

    def set_file(self, status: FileStatus | None) -> None:
        """Under the lock: the same records are in this file now. None: they may be in no file as it was left.

        A copied lock file is not written: it has to stay recognisable as one.
        """
        with contextlib.suppress(OSError):
            if (past := self.checkpoint()) is not None and not past.copied:
                file, now = status or NO_FILE, time.time_ns()
                self.write(msgspec.structs.replace(past, file=file, written_ns=now, generation=""))

    def write(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, under the lock. If that fails the older line stays, or none: less is noticed then."""
        assert self._fd is not None, "the lock is held"
        line = b"%-*b\n" % (LINE_BYTES - 1, _encoder.encode(checkpoint))
        try:  # faster than `suppress`, and this is a part of every append
            self._disk.write_some(self._fd, memoryview(line), 0)
        except OSError:
            return
