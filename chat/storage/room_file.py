"""The bytes of one room's file and the rules of writing them: lock, one write, one sync, put back what failed.

It knows where the durable records end (`end`) and nothing about what they say; json_file.py gives it that meaning.
"""

import contextlib
import logging
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from chat.storage.disk import Disk
from chat.storage.scan import CLOSING

PAGE = 4096  # bytes that the kernel writes, and after a failed sync forgets, as one
logger = logging.getLogger(__name__)


class RoomFile:
    """One file and its lock. Methods raise OSError; not thread-safe."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.end = 0  # the byte behind the last durable record
        self._disk = disk
        self._fd: int | None = None
        self._seen: tuple[int, int] | None = None  # inode and size as this process left them; None: no file
        self._last_page = b""  # the durable bytes from the last page border to `end`
        self._failed = b""  # a write whose outcome is unknown and that is still to be undone

    @property
    def exists(self) -> bool:
        """Whether there was a file at the last look."""
        return self._seen is not None

    @property
    def inode(self) -> int | None:
        """Which file it was at the last look: a replaced one has another."""
        return self._seen and self._seen[0]

    @property
    def size(self) -> int:
        """Bytes of the file at the last look."""
        return self._seen[1] if self._seen else 0

    def changed(self) -> bool:
        """Whether somebody else wrote, replaced or removed the file since the last look."""
        return self._identity() != self._seen or bool(self._failed)

    def _identity(self) -> tuple[int, int] | None:
        try:
            stat = self._disk.stat(self.path)
        except FileNotFoundError:
            return None
        return stat.st_ino, stat.st_size

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
        path = self.path.with_name(f".{self.path.stem}.lock")
        try:
            return self._disk.open(path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            self._disk.make_folder(path.parent)
            return self._disk.open(path, os.O_RDWR | os.O_CREAT)

    def look(self) -> None:
        """Open the file that bears the name now."""
        self.close()
        identity = self._identity()
        if identity is not None:
            self._fd = self._open()
        self._seen = identity

    def _open(self) -> int:
        try:
            return self._disk.open(self.path, os.O_RDWR)
        except PermissionError:
            return self._disk.open(self.path, os.O_RDONLY)  # history can be read; a write will say that it may not

    def read(self, length: int, offset: int) -> bytes:
        """Bytes of the file, fewer only at its end."""
        if self._fd is None:
            self._fd = self._open()
        return self._disk.read(self._fd, length, offset)

    def found(self, end: int) -> None:
        """Note where a scan found the durable records to end."""
        self.end = end
        self._last_page = self.read(end % PAGE, end - end % PAGE)

    def append(self, data: bytes) -> None:
        """Put `data` and the closing behind the last record, durably, or leave the file as it was."""
        assert self._fd is not None, "a file is looked at before it is written"
        written = data + CLOSING
        try:
            self._disk.write(self._fd, written, self.end)
            self._disk.sync_data(self._fd)
        except OSError:
            self._failed = written
            with contextlib.suppress(OSError):  # tried again before the next batch
                self._put_back()
            raise
        self._settle(data)

    def _settle(self, data: bytes) -> None:
        """The bytes are durable: they are what is put back from now on."""
        self.end += len(data)
        tail = self._last_page + data
        self._last_page = tail[len(tail) - self.end % PAGE :]
        if self._seen is not None:
            self._seen = self._seen[0], self.end + len(CLOSING)

    def _put_back(self) -> None:
        """Undo a failed write: a new descriptor, cut to the last durable end, that page once more from memory, sync.

        The kernel marks the pages of a failed sync clean: a second sync would report success for bytes that never
        reached the disk. So the descriptor is given up, and nothing is trusted that was not durable before.
        """
        self.close()
        identity = self._identity()
        if identity is None or identity[0] != self.inode or not self._is_as_left():
            self._failed, self._seen = b"", (0, 0)  # somebody else mended it and wrote on: to be read anew
            return
        fd = self._fd = self._disk.open(self.path, os.O_RDWR)
        self._disk.write(fd, self._last_page + CLOSING, self.end - len(self._last_page))
        self._disk.truncate(fd, self.end + len(CLOSING))
        self._disk.sync(fd)
        self._failed = b""

    def _is_as_left(self) -> bool:
        """Whether what stands behind the durable end is the failed write, whole or in part, or half undone."""
        behind, failed = self.read(len(self._failed) + 1, self.end), self._failed
        head = zip(behind, failed, CLOSING, strict=False)
        rest = behind[len(CLOSING) :]
        return failed.startswith(rest, len(CLOSING)) and all(byte in (new, old) for byte, new, old in head)

    def repair(self) -> None:
        """Cut a torn tail off behind `end`. What is cut is kept beside the file first, unless it is white space."""
        torn = self.read(self.size - self.end, self.end)
        if torn.strip(b"] \t\r\n,"):
            kept = self.path.with_name(f"{self.path.name}.torn-{time.time_ns() // 1_000_000}")
            self._write_new(kept, [torn])
            self._disk.sync_folder(kept.parent)
            logger.warning("%s: cut an incomplete tail of %d bytes, kept in %s", self.path, len(torn), kept.name)
        assert self._fd is not None, "a file is looked at before it is repaired"
        self._disk.write(self._fd, CLOSING, self.end)
        self._disk.truncate(self._fd, self.end + len(CLOSING))
        self._disk.sync(self._fd)
        self._seen = self._identity()

    def replace(self, parts: Iterable[bytes]) -> None:
        """Put a new file in this one's place, whole or not at all; it is to be looked at next."""
        draft = self.path.with_name(f".{self.path.stem}.new")
        self._write_new(draft, parts)
        self._disk.rename(draft, self.path)
        self._disk.sync_folder(self.path.parent)

    def _write_new(self, path: Path, parts: Iterable[bytes]) -> None:
        fd = self._disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            offset = 0
            for part in parts:
                self._disk.write(fd, part, offset)
                offset += len(part)
            self._disk.sync(fd)
        finally:
            self._disk.close(fd)

    def close(self) -> None:
        """Give the descriptor back; the next use opens it again."""
        fd, self._fd = self._fd, None
        if fd is not None:
            self._disk.close(fd)
