"""The bytes of one room's file and the rules of writing them: lock, one write, one sync, put back what failed.

It knows where the durable records end (`end`) and nothing about what they say; room_log.py gives it that meaning.
"""

import contextlib
import errno
import logging
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from chat.storage import RoomUnavailable
from chat.storage.json_files.atomic_write import keep_torn, replace_file
from chat.storage.json_files.descriptor import Descriptor
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.scan import CLOSING, UNTIDY

PAGE = 4096  # bytes that the kernel writes, and after a failed sync forgets, as one
logger = logging.getLogger(__name__)


class RoomFile:
    """One file and its lock. Methods raise OSError; not thread-safe."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.end = 0  # the byte behind the last durable record
        self.known = True  # whether all that was seen has been taken in
        self._disk = disk
        self._lock = path.with_name(f".{path.stem}.lock")
        self._fd = Descriptor(path, disk)
        self._seen: tuple[int, int] | None = None  # inode and size as this process left them; None: no file
        self._durable = True  # whether what was taken in is on the disk, whoever wrote it
        self._doubt = 0  # if not: from here to `end` stands what somebody may have failed to sync
        self._last_page = b""  # the durable bytes from the last page border to `end`
        self._failed = b""  # a write whose outcome is unknown and that is still to be undone
        self._failed_at = 0  # ns since 1970, when that was tried last
        self._kept: bytes | None = None  # a torn tail that was kept already and is still to be cut

    @property
    def exists(self) -> bool:
        """Whether there was a file at the last look."""
        return self._seen is not None

    @property
    def size(self) -> int:
        """Bytes of the file at the last look."""
        return self._seen[1] if self._seen else 0

    @property
    def closed(self) -> bool:
        """Whether the descriptor was given back: then the file can have been replaced unseen."""
        return self._fd.closed

    @property
    def failed(self) -> bool:
        """Whether a refused write still stands behind `end`."""
        return bool(self._failed)

    def changed(self) -> bool:
        """Whether somebody else wrote, replaced or removed the file since the last look, as far as can be told."""
        try:
            return not self.known or self.failed or self._identity() != self._seen
        except (OSError, RoomUnavailable):
            return True

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._disk.stat(self.path)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            raise RoomUnavailable(self.path.stem, "not a regular file", self.path)
        return status.st_ino, status.st_size

    def _is_named(self) -> bool:
        """Whether the file that was seen still bears the name."""
        identity = self._identity()
        return identity is not None and self._seen is not None and identity[0] == self._seen[0]

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the room's lock. It is a file of its own, for the room's file can be replaced while it is held."""
        fd = self._open_lock()
        try:
            self._disk.lock(fd)
            if self._failed:
                self._put_back()
            yield
        finally:
            self._disk.close(fd)

    def _open_lock(self) -> int:
        try:
            return self._disk.open(self._lock, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            self._disk.make_folder(self._lock.parent)
            return self._disk.open(self._lock, os.O_RDWR | os.O_CREAT)

    def look(self) -> bool:
        """Open the file that bears the name now; `found` ends the look. True if it is the known one, perhaps grown."""
        before = self._seen if self.known else None
        self.close()
        self._fd.expect(None)
        self.known, self._seen = False, self._identity()
        if self._seen is None:
            return False
        status = self._disk.stat_open(self._fd.reading())
        self._seen = status.st_ino, status.st_size
        self._fd.expect(status.st_ino)
        return before is not None and before[0] == self._seen[0] and before[1] <= self._seen[1]

    def found(self, end: int, doubt: int) -> None:
        """Note where a scan found the whole records to end, and from where on they are to be written again."""
        self._last_page = self.read(end % PAGE, end - end % PAGE) if end else b""
        self.end, self._doubt = end, doubt
        self.known, self._durable = True, not self.exists

    def make_durable(self) -> None:
        """Put on the disk what a look found, before anybody is shown it: who wrote it may have died before the sync.

        Or the sync failed: the kernel calls such pages clean, and no later sync of them means anything. So the last
        batch is written once more.
        """
        if self._durable:
            return
        with self._fd.given_up_on_failure():
            if self._doubt < self.end:
                fd = self._fd.writing()
                self._disk.write(fd, self._disk.read(fd, self.end - self._doubt, self._doubt) + CLOSING, self._doubt)
                self._disk.touch(fd)  # if it was refused to its senders, it can no longer be undone
            self._disk.sync_data(self._fd.reading())
            self._disk.sync_folder(self.path.parent)
        self._durable = True

    def read(self, length: int, offset: int) -> bytes:
        """Bytes of the file, fewer only at its end."""
        return self._disk.read(self._fd.reading(), length, offset)

    def append(self, data: bytes) -> None:
        """Put `data` and the closing behind the last record, durably, or leave the file as it was."""
        fd = self._fd.writing()
        try:
            self._disk.write(fd, data + CLOSING, self.end)
            self._disk.sync_data(fd)
            self._check_name()
        except OSError:
            self._failed = data + CLOSING
            with contextlib.suppress(OSError):  # tried again before the next batch
                self._undo()
            raise
        self._settle(data)

    def _check_name(self) -> None:
        """What nobody can find is not stored: the folder may have been deleted, or the file replaced, meanwhile."""
        if not self._is_named():
            raise OSError(errno.ESTALE, "the file was replaced")

    def _settle(self, data: bytes) -> None:
        """The bytes are durable: they are what is put back from now on."""
        self.end += len(data)
        self._durable = True
        tail = self._last_page + data
        self._last_page = tail[len(tail) - self.end % PAGE :]
        self._now_ends_here()

    def _now_ends_here(self) -> None:
        if self._seen is not None:
            self._seen = self._seen[0], self.end + len(CLOSING)

    def _put_back(self) -> None:
        """Undo a failed write, unless others have taken in what it left, or have mended it: then it is read anew."""
        self.close()
        if self._is_as_left():
            self._undo()
        else:
            self.known, self._failed = False, b""

    def _undo(self) -> None:
        """A new descriptor, the durable end's page once more from memory, cut to that end, sync.

        The kernel marks the pages of a failed sync clean: a second sync would report success for bytes that never
        reached the disk. So the descriptor is given up, and nothing is trusted that was not durable before.
        """
        self.close()
        try:
            self._disk.write(self._fd.writing(), self._last_page, self.end - len(self._last_page))
            self._end_here()
        except OSError:
            self._failed_at = time.time_ns()
            raise
        self._failed = b""

    def _is_as_left(self) -> bool:
        """Whether what stands behind the durable end is the failed write, whole or in part, or half undone."""
        if not self._is_named() or self._disk.stat(self.path).st_mtime_ns > self._failed_at:
            return False
        behind, failed = self.read(len(self._failed) + 1, self.end), self._failed
        head = zip(behind, failed, CLOSING, strict=False)
        rest = behind[len(CLOSING) :]
        return failed.startswith(rest, len(CLOSING)) and all(byte in (new, old) for byte, new, old in head)

    def repair(self) -> None:
        """Cut a torn tail off behind `end`. What is cut is kept beside the file first, unless it is white space."""
        fd = self._fd.writing()
        torn = self._disk.read(fd, self.size - self.end, self.end)
        if torn.strip(UNTIDY) and torn[len(CLOSING) :] != self._kept:
            kept = keep_torn(self._disk, self.path, torn)
            self._kept = torn[len(CLOSING) :]  # once, however often the cut fails
            logger.warning("%s: cut an incomplete tail of %d bytes, kept in %s", self.path, len(torn), kept.name)
        self._end_here()
        self._kept = None

    def _end_here(self) -> None:
        with self._fd.given_up_on_failure():
            fd = self._fd.writing()
            self._disk.write(fd, CLOSING, self.end)
            self._disk.truncate(fd, self.end + len(CLOSING))
            self._disk.sync(fd)
        self._now_ends_here()

    def replace(self, parts: Iterable[bytes]) -> None:
        """Put a new file in this one's place, whole or not at all; it is to be looked at next."""
        replace_file(self._disk, self.path, parts)
        self.known = False
        self._disk.sync_folder(self.path.parent)

    def close(self) -> None:
        """Give the descriptor back; the next use opens it again."""
        self._fd.close()
