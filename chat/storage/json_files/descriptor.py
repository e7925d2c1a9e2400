"""The one file descriptor of a file: opened on use, writable only for a write, closed when a call fails."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from chat.storage.json_files.disk import Disk


class Descriptor:
    """Methods raise OSError."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk
        self._fd: int | None = None
        self._writable = False
        self._inode: int | None = None

    @property
    def closed(self) -> bool:
        """Whether the next use opens the file."""
        return self._fd is None

    def expect(self, inode: int | None) -> None:
        """From now on open this file only; None: any file of the name."""
        self._inode = inode

    def for_reading(self) -> int:
        """A descriptor that can be read; it may be writable."""
        return self._open(os.O_RDONLY) if self._fd is None else self._fd

    def for_writing(self) -> int:
        """A descriptor that can be read and written."""
        if self._fd is not None and self._writable:
            return self._fd
        self.close()
        return self._open(os.O_RDWR)

    def _open(self, flags: int) -> int:
        self._fd = self._disk.open(self._path, flags | os.O_NONBLOCK)
        self._writable = flags == os.O_RDWR
        with self.closed_on_failure():
            if self._inode is not None and self._disk.stat_open(self._fd).st_ino != self._inode:
                raise OSError(errno.ESTALE, "the file was replaced")
        return self._fd

    @contextlib.contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """A descriptor is not used again after a failed sync: the kernel would report success for lost pages."""
        try:
            yield
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the descriptor; the next use opens the file again."""
        fd, self._fd = self._fd, None
        if fd is not None:
            self._disk.close(fd)
