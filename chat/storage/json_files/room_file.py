"""The bytes of one room's file and the rules of writing them: lock, one write, one sync, rollback of what failed.

It knows where the durable records end and nothing of their content; log.py interprets them.
"""

import contextlib
import errno
import logging
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from chat.storage import RoomUnusable
from chat.storage.json_files.atomic_write import replace_file, save_torn_tail
from chat.storage.json_files.descriptor import Descriptor
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.disk_errors import NOT_REGULAR
from chat.storage.json_files.durable_end import DurableEnd, end_before_zeros
from chat.storage.json_files.failed_write import FailedWrite
from chat.storage.json_files.file_status import FileStatus
from chat.storage.json_files.renamed import refuse_renamed
from chat.storage.json_files.room_lock import RoomLock
from chat.storage.json_files.scan import HARMLESS_TAIL, TRAILER

HEAD_BYTES = 512  # hold the record of the room, which no write changes
logger = logging.getLogger(__name__)


class RoomFile:
    """One file and its lock. Methods raise OSError; not thread-safe."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.is_scanned = True  # whether everything that was seen in the file has been scanned
        self.torn = False  # whether something that is no record follows `end`, and is to be cut off
        self.status: FileStatus | None = None  # as this process left the file; None: there was none
        self.lock = RoomLock(path, disk)
        self._disk = disk
        self._fd = Descriptor(path, disk)
        self._durable = True  # whether what was scanned is durable, whichever process wrote it
        self._unsynced_from = 0  # if not: the sync of the bytes from here to `end` may have failed
        self._durable_end = DurableEnd()
        self._head = b""  # the first bytes, with the epoch: by them a file that was renamed is known
        self._failed_write: FailedWrite | None = None  # not rolled back yet
        self._saved_tail: bytes | None = None  # a torn tail that was saved and is not cut off yet

    # What is there

    @property
    def exists(self) -> bool:
        """Whether there was a file when it was last looked at."""
        return self.status is not None

    @property
    def size(self) -> int:
        """Bytes of the file when it was last looked at."""
        return self.status.size if self.status else 0

    @property
    def end(self) -> int:
        """The offset behind the last durable record."""
        return self._durable_end.offset

    @property
    def closed(self) -> bool:
        """Whether the descriptor is closed: then the file can have been replaced without notice."""
        return self._fd.closed

    @property
    def has_failed_write(self) -> bool:
        """Whether a refused write may still follow `end`."""
        return bool(self._failed_write)

    def changed(self) -> bool:
        """Whether another process wrote, replaced or removed the file, as far as one stat call tells."""
        try:
            return not self.is_scanned or self.has_failed_write or self.current_status() != self.status
        except (OSError, RoomUnusable):
            return True

    def is_removed(self) -> bool:
        """Whether there is neither a file nor a checkpoint of one: so `remove` leaves a room. Raises OSError.

        A file that another program removes has its checkpoint still.
        """
        return not self.has_failed_write and self.current_status() is None and self.lock.is_blank()

    def has_writer(self) -> bool:
        """Whether another process is known to have the file open for writing."""
        self.close()  # this descriptor would count
        return self.exists and self._disk.has_writer(self._fd.for_reading()) is True

    def current_status(self) -> FileStatus | None:
        """The file of this name as it is now; None if there is none. Raises `RoomUnusable` if it is no file."""
        try:
            status = self._disk.stat(self.path)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            raise RoomUnusable(self.path.stem, NOT_REGULAR, self.path)
        return FileStatus.of(status)

    def read(self, length: int, offset: int) -> bytes:
        """Bytes of the file, fewer only at its end."""
        return self._disk.read(self._fd.for_reading(), length, offset)

    def close(self) -> None:
        """Close the descriptor; the next use opens it again."""
        self._fd.close()

    # Taking in what is there

    @contextlib.contextmanager
    def locked(self, *, makes_folder: bool = False) -> Iterator[None]:
        """Hold the room's lock."""
        self.lock.acquire(makes_folder=makes_folder)
        try:
            if self._failed_write:
                self._rollback_if_unchanged(self._failed_write)
            yield
        finally:
            if self.status is None:
                self._remove_blank_lock()
            self.lock.release()

    def _remove_blank_lock(self) -> None:
        """A room that is not stored leaves no lock file behind."""
        with contextlib.suppress(OSError, RoomUnusable):
            if self.is_removed():
                self.lock.remove()

    def reopen(self) -> bool:
        """Open the file that has the name now; the caller scans it. True if it is the same file, perhaps grown."""
        if self.status is not None:
            refuse_renamed(self._disk, self.path, self.status.inode, self._head)
        before = self.status if self.is_scanned else None
        self.close()
        self._fd.expect(None)
        self.is_scanned, self.status = False, self.current_status()
        if self.status is None:
            return False
        self.status = self._status_of_open_file()
        self._fd.expect(self.status.inode)
        return before is not None and before.inode == self.status.inode and before.size <= self.status.size

    def _status_of_open_file(self) -> FileStatus:
        """Not of the one that has the name: if another program has just put that there, `changed` must see it."""
        return FileStatus.of(self._disk.stat_open(self._fd.for_reading()))

    def set_scanned(self, end: int, unsynced_from: int, *, torn: bool = False, durable: bool = False) -> None:
        """Note the result of a scan: where the records end, and from where on they may not be durable."""
        self._durable_end = DurableEnd.read(self.read, end)
        self._head = self.read(HEAD_BYTES, 0).partition(b"}")[0] if self.exists else b""
        self._unsynced_from, self.torn = unsynced_from, torn
        self.is_scanned, self._durable = True, durable or not self.exists

    def recover(self) -> bool:
        """Under the lock: cut off a torn tail, and make durable what other processes wrote. Whether it had to."""
        if not self.torn and self._durable:
            return False
        self.lock.set_file(None)
        if self.torn:
            self._cut_torn_tail()
        self.make_durable()
        self.close()  # a writable descriptor would look like a program that is changing the file
        return True

    def _cut_torn_tail(self) -> None:
        """Cut off what follows `end`. It is saved beside the file before, unless it is harmless."""
        tail = self._disk.read(self._fd.for_writing(), self.size - self.end, self.end)
        if tail.strip(HARMLESS_TAIL) and tail[len(TRAILER) :] != self._saved_tail:
            copy = save_torn_tail(self._disk, self.path, tail)
            self._saved_tail = tail[len(TRAILER) :]  # once, even if the cut fails several times
            logger.warning("%s: cut an incomplete tail of %d bytes, kept in %s", self.path, len(tail), copy.name)
        self._truncate_at_end()
        self._saved_tail, self.torn = None, False

    def make_durable(self) -> None:
        """Make durable what a scan found, before it is shown: its writer may have died, or failed, before the sync.

        After a failed sync the kernel calls the pages clean, and a later sync of them means nothing. So the last batch
        is written once more.
        """
        if self._durable:
            return
        with self._fd.closed_on_failure():
            if self._unsynced_from < self.end:
                fd, start = self._fd.for_writing(), self._unsynced_from
                self._disk.write(fd, self._disk.read(fd, self.end - start, start) + TRAILER, start)
                self._disk.touch(fd)  # its writer, if it failed, sees by this that it must not roll back
            self._disk.sync_data(self._fd.for_reading())
            self._disk.sync_folder(self.path.parent)
            self.status = self._status_of_open_file()
        self._durable = True

    # Writing

    def append(self, data: bytes) -> None:
        """Write `data` and the trailer behind the last record, durably, or leave the file as it was."""
        fd = self._fd.for_writing()
        try:
            self._disk.write(fd, data + TRAILER, self.end)
            status = self._stamp(fd)
            self._disk.sync_data(fd)
            self._check_in_place(self.end + len(data) + len(TRAILER))
        except OSError:
            self._failed_write = FailedWrite.now(data + TRAILER)
            with contextlib.suppress(OSError):  # retried before the next batch
                self._rollback_if_unchanged(self._failed_write)
            raise
        self._advance(data, status)

    def _stamp(self, fd: int) -> FileStatus:
        """The status of the file as this write leaves it. A change that another program makes during the sync differs.

        The time of the last change is set exactly: many systems round it to ticks of 4 ms, and a change of the same
        length within the tick of the write would look like the write.
        """
        self._disk.touch(fd)
        return FileStatus.of(self._disk.stat_open(fd))

    def _check_in_place(self, size: int) -> None:
        """Make sure that the write went where it belongs: no other program replaced or truncated the file meanwhile.

        A file without a name is not stored. In one that was emptied before the write, zeros stand in front of it.
        """
        status = self.current_status()
        if status is None or self.status is None or (status.inode, status.size) != (self.status.inode, size):
            raise OSError(errno.ESTALE, "another program replaced the file during the write")
        if not self._durable_end.is_in(self.read):
            raise OSError(errno.ESTALE, "another program changed the file during the write")

    def _advance(self, data: bytes, status: FileStatus) -> None:
        """`data` is durable: it becomes a part of what a rollback keeps."""
        self._durable_end = self._durable_end.advanced(data)
        self._durable, self.status = True, status

    def overwrite(self, lines: Collection[tuple[int, bytes]]) -> None:
        """Write each line over the one of the same length at its offset, durably. If that fails the file is scanned.

        What is in memory of the last block is read again: a rollback must not bring the old lines back.
        """
        self.lock.set_file(None)
        try:
            with self._fd.closed_on_failure():
                fd = self._fd.for_writing()
                for offset, line in lines:
                    self._disk.write(fd, line, offset)
                status = self._stamp(fd)
                self._disk.sync_data(fd)
                self._check_in_place(self.size)
                self._durable_end = DurableEnd.read(self.read, self.end)
        except OSError:
            self.is_scanned = False
            raise
        self.status = status

    def replace(self, parts: Iterable[bytes]) -> None:
        """Put a new file in this one's place, complete or not at all; the caller reopens and scans it."""
        replace_file(self._disk, self.path, parts)
        self.is_scanned = False
        self._disk.sync_folder(self.path.parent)

    def remove(self) -> None:
        """Under the lock: remove the file, durably, and then the lock's own."""
        self.close()
        self._disk.remove(self.path)
        self._disk.sync_folder(self.path.parent)
        self.lock.remove()

    # Rollback

    def _rollback_if_unchanged(self, failed: FailedWrite) -> None:
        """Roll back a failed write, unless another process has accepted or repaired it: then the file is scanned."""
        self.close()
        self.lock.set_file(None)
        if self._is_as_it_was_left(failed):
            self._rollback()
        else:
            self.is_scanned, self._failed_write = False, None
            with contextlib.suppress(OSError):
                self._take_back(failed)

    def _is_as_it_was_left(self, failed: FailedWrite) -> bool:
        current = self.current_status()
        if current is None or self.status is None or current.inode != self.status.inode:
            return False
        if current.mtime_ns > failed.failed_ns or not self._durable_end.is_in(self.read):
            return False
        return failed.explains(self.read(len(failed.data) + 1, self.end))

    def _take_back(self, failed: FailedWrite) -> None:
        """Cut off the write, and the zeros in front of it, if the file was emptied before it.

        The other program will not write over all of them; perhaps it wanted the file to be empty.
        """
        fd, zeros = self._fd.for_writing(), b"\0" * len(self._durable_end.ending)
        before = self.read(len(zeros), self.end - len(zeros))
        if before == zeros and self.read(len(failed.data) + 1, self.end) == failed.data:
            self._disk.truncate(fd, end_before_zeros(self.read, self.end))
        self.close()

    def _rollback(self) -> None:
        """Through a new descriptor: write the last durable block from memory, cut the file behind it, sync.

        The kernel marks the pages of a failed sync clean: a second sync would report success for bytes that never
        reached the disk. So the descriptor is closed, and only what was durable before is trusted.
        """
        self.close()
        try:
            block = self._durable_end.block
            self._disk.write(self._fd.for_writing(), block, self.end - len(block))
            self._truncate_at_end()
        except OSError:
            if self._failed_write:
                self._failed_write = FailedWrite.now(self._failed_write.data)
            raise
        self._failed_write = None

    def _truncate_at_end(self) -> None:
        """End the file with the trailer, durably."""
        with self._fd.closed_on_failure():
            fd = self._fd.for_writing()
            self._disk.write(fd, TRAILER, self.end)
            self._disk.truncate(fd, self.end + len(TRAILER))
            self._disk.sync(fd)
            self.status = self._status_of_open_file()
