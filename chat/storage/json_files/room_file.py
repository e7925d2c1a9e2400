"""The bytes of one room's file and the rules of writing them: lock, one write, one sync, rollback of what failed.

It knows where the durable records end (`end`) and nothing of their content; log.py interprets them.
"""

import contextlib
import errno
import logging
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from chat.storage import RoomUnusable
from chat.storage.json_files.atomic_write import replace_file, save_torn_tail
from chat.storage.json_files.descriptor import Descriptor
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.scan import HARMLESS_TAIL, TRAILER

BLOCK_BYTES = 4096  # a page of the kernel's cache, which it writes as one, and drops as one after a failed sync
logger = logging.getLogger(__name__)


class RoomFile:
    """One file and its lock. Methods raise OSError; not thread-safe."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.end = 0  # the offset behind the last durable record
        self.is_scanned = True  # whether everything that was seen in the file has been scanned
        self.torn = False  # whether something that is no record follows `end`, and is to be cut off
        self._disk = disk
        self._lock_path = path.with_name(f".{path.stem}.lock")
        self._fd = Descriptor(path, disk)
        self._seen: tuple[int, int] | None = None  # inode and size as this process left them; None: no file
        self._durable = True  # whether what was scanned is durable, whichever process wrote it
        self._unsynced_from = 0  # if not: the sync of the bytes from here to `end` may have failed
        self._last_block = b""  # the durable bytes from the last block boundary to `end`
        self._failed_write = b""  # a write whose outcome is unknown and that is not rolled back yet
        self._failed_at = 0  # ns since 1970 of the last try to roll it back
        self._saved_tail: bytes | None = None  # a torn tail that was saved and is not cut off yet

    # What is there

    @property
    def exists(self) -> bool:
        """Whether there was a file when it was last looked at."""
        return self._seen is not None

    @property
    def size(self) -> int:
        """Bytes of the file when it was last looked at."""
        return self._seen[1] if self._seen else 0

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
            return not self.is_scanned or self.has_failed_write or self._inode_and_size() != self._seen
        except (OSError, RoomUnusable):
            return True

    def is_removed(self) -> bool:
        """Whether there is no file, and nothing to repair in one. Raises OSError, `RoomUnusable`."""
        return not self.has_failed_write and self._inode_and_size() is None

    def _inode_and_size(self) -> tuple[int, int] | None:
        try:
            status = self._disk.stat(self.path)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            raise RoomUnusable(self.path.stem, "not a regular file", self.path)
        return status.st_ino, status.st_size

    def _still_has_its_name(self) -> bool:
        """Whether the path still leads to the file that was seen."""
        current = self._inode_and_size()
        return current is not None and self._seen is not None and current[0] == self._seen[0]

    def read(self, length: int, offset: int) -> bytes:
        """Bytes of the file, fewer only at its end."""
        return self._disk.read(self._fd.for_reading(), length, offset)

    def close(self) -> None:
        """Close the descriptor; the next use opens it again."""
        self._fd.close()

    # Taking in what is there

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the room's lock. It is a separate file, as the room's file can be replaced while it is held."""
        fd = self._take_lock()
        try:
            if self._failed_write:
                self._rollback_if_unchanged()
            yield
        finally:
            self._disk.close(fd)

    def _take_lock(self) -> int:
        """A descriptor that holds the lock. `remove` may have taken the name of the file that this one waited for."""
        while True:
            fd = self._open_lock()
            try:
                self._disk.lock(fd)
                if self._has_lock_name(fd):
                    return fd
            except BaseException:
                self._disk.close(fd)
                raise
            self._disk.close(fd)

    def _has_lock_name(self, fd: int) -> bool:
        try:
            return self._disk.stat(self._lock_path).st_ino == self._disk.stat_open(fd).st_ino
        except FileNotFoundError:
            return False

    def _open_lock(self) -> int:
        try:
            return self._disk.open(self._lock_path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            self._disk.make_folder(self._lock_path.parent)
            return self._disk.open(self._lock_path, os.O_RDWR | os.O_CREAT)

    def reopen(self) -> bool:
        """Open the file that has the name now; the caller scans it. True if it is the same file, perhaps grown."""
        before = self._seen if self.is_scanned else None
        self.close()
        self._fd.expect(None)
        self.is_scanned, self._seen = False, self._inode_and_size()
        if self._seen is None:
            return False
        status = self._disk.stat_open(self._fd.for_reading())
        self._seen = status.st_ino, status.st_size
        self._fd.expect(status.st_ino)
        return before is not None and before[0] == self._seen[0] and before[1] <= self._seen[1]

    def set_scanned(self, end: int, unsynced_from: int, *, torn: bool = False) -> None:
        """Note the result of a scan: where the records end, and from where on they may not be durable."""
        self._last_block = self.read(end % BLOCK_BYTES, end - end % BLOCK_BYTES) if end else b""
        self.end, self._unsynced_from, self.torn = end, unsynced_from, torn
        self.is_scanned, self._durable = True, not self.exists

    def recover(self) -> None:
        """Under the lock: cut off a torn tail, and make durable what other processes wrote."""
        if self.torn:
            self._cut_torn_tail()
        self.make_durable()

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
        self._durable = True

    # Writing

    def append(self, data: bytes) -> None:
        """Write `data` and the trailer behind the last record, durably, or leave the file as it was."""
        fd = self._fd.for_writing()
        try:
            self._disk.write(fd, data + TRAILER, self.end)
            self._disk.sync_data(fd)
            self._check_name()
        except OSError:
            self._failed_write = data + TRAILER
            with contextlib.suppress(OSError):  # retried before the next batch
                self._rollback()
            raise
        self._advance(data)

    def _check_name(self) -> None:
        """A file without a name is not stored: the folder may have been deleted, or the file replaced, meanwhile."""
        if not self._still_has_its_name():
            raise OSError(errno.ESTALE, "the file was replaced")

    def _advance(self, data: bytes) -> None:
        """`data` is durable: it becomes a part of what a rollback keeps."""
        self.end += len(data)
        self._durable = True
        durable = self._last_block + data  # from a block boundary to `end`, with whole blocks in front
        self._last_block = durable[len(durable) - self.end % BLOCK_BYTES :]
        self._set_seen_size()

    def _set_seen_size(self) -> None:
        if self._seen is not None:
            self._seen = self._seen[0], self.end + len(TRAILER)

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
        self._disk.remove(self._lock_path)

    # Rollback

    def _rollback_if_unchanged(self) -> None:
        """Roll back a failed write, unless another process has accepted or repaired it: then the file is scanned."""
        self.close()
        if self._is_as_the_failure_left_it():
            self._rollback()
        else:
            self.is_scanned, self._failed_write = False, b""

    def _is_as_the_failure_left_it(self) -> bool:
        """Whether nothing but the failed write, or its half-done rollback, stands behind the durable end.

        With the record `{1}`, for example, the failed write is `,\n{1}\n]\n`. These bytes can follow `end`:

            \n]\n          nothing was written: this is the trailer
            ,\n{1          a part was written; of the first three bytes, some may still be those of the trailer
            ,\n{1}\n]\n    all was written, and the sync failed
            \n]\n1}\n]\n   the rollback has written the trailer, and has not cut the file behind it
        """
        if not self._still_has_its_name() or self._disk.stat(self.path).st_mtime_ns > self._failed_at:
            return False
        behind, failed = self.read(len(self._failed_write) + 1, self.end), self._failed_write
        head = zip(behind, failed, TRAILER, strict=False)
        rest = behind[len(TRAILER) :]
        return failed.startswith(rest, len(TRAILER)) and all(byte in (new, old) for byte, new, old in head)

    def _rollback(self) -> None:
        """Through a new descriptor: write the last durable block from memory, cut the file behind it, sync.

        The kernel marks the pages of a failed sync clean: a second sync would report success for bytes that never
        reached the disk. So the descriptor is closed, and only what was durable before is trusted.
        """
        self.close()
        try:
            self._disk.write(self._fd.for_writing(), self._last_block, self.end - len(self._last_block))
            self._truncate_at_end()
        except OSError:
            self._failed_at = time.time_ns()
            raise
        self._failed_write = b""

    def _truncate_at_end(self) -> None:
        """End the file with the trailer, durably."""
        with self._fd.closed_on_failure():
            fd = self._fd.for_writing()
            self._disk.write(fd, TRAILER, self.end)
            self._disk.truncate(fd, self.end + len(TRAILER))
            self._disk.sync(fd)
        self._set_seen_size()
