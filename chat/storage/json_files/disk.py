"""The calls that reach the disk, one place for all of them: tests put a recording or a failing disk here."""

import contextlib
import errno
import fcntl
import os
import sys
import time
from pathlib import Path

FILE_MODE = 0o600  # what people said is for the owner's eyes
FOLDER_MODE = 0o700
LOCK_POLL = 0.005  # s between two tries for a lock that somebody holds


class Disk:
    """The real disk. Every method raises OSError as the call beneath it does.

    `patience` is how many seconds a lock is waited for that somebody else holds.
    """

    def __init__(self, patience: float = 60.0) -> None:
        self._patience = patience

    def open(self, path: Path, flags: int) -> int:
        """A descriptor; created files are the owner's alone, links are not followed."""
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)

    def close(self, fd: int) -> None:
        """Give a descriptor back. It is gone even if the call fails, and what mattered was synced before."""
        with contextlib.suppress(OSError):
            os.close(fd)

    def lock(self, fd: int) -> None:
        """Wait until this process alone holds the lock; closing the descriptor lets go."""
        deadline = time.monotonic() + self._patience
        while not _locks(fd):
            if time.monotonic() > deadline:
                raise OSError(errno.EWOULDBLOCK, f"another process has held the lock for {self._patience:g} s")
            time.sleep(LOCK_POLL)

    def stat(self, path: Path) -> os.stat_result:
        """The inode, size and kind of what bears this name."""
        return os.stat(path, follow_symlinks=False)

    def stat_open(self, fd: int) -> os.stat_result:
        """The same of an open file, whatever bears its name by now."""
        return os.fstat(fd)

    def free(self, folder: Path) -> int:
        """Bytes that this user can still write on the disk of a folder."""
        status = os.statvfs(folder)
        return status.f_bavail * status.f_frsize

    def read(self, fd: int, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer only at the end of the file."""
        parts = []
        while length and (part := os.pread(fd, length, offset)):
            parts.append(part)
            length, offset = length - len(part), offset + len(part)
        return b"".join(parts)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        """All of `data` at `offset`; a short write is continued, not ignored."""
        view = memoryview(data)
        while view:
            written = self.write_some(fd, view, offset)
            if not written:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            view, offset = view[written:], offset + written

    def write_some(self, fd: int, data: memoryview, offset: int) -> int:
        """As much of `data` as the system takes at once; returns how many bytes."""
        return os.pwrite(fd, data, offset)

    def touch(self, fd: int) -> None:
        """Set the time of the last change to now, exactly: what the system sets by itself may be 4 ms old."""
        os.utime(fd, ns=(time.time_ns(), time.time_ns()))

    def truncate(self, fd: int, size: int) -> None:
        """Cut or extend the file."""
        os.ftruncate(fd, size)

    def sync_data(self, fd: int) -> None:
        """Return when the file's bytes and its size are on the disk itself."""
        if sys.platform == "darwin":
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # fsync alone stops at the drive's cache there
        else:
            os.fdatasync(fd)

    def sync(self, fd: int) -> None:
        """Return when the file is on the disk with all that describes it."""
        if sys.platform == "darwin":
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        else:
            os.fsync(fd)

    def sync_folder(self, path: Path) -> None:
        """Return when the names in a folder are on the disk: new files and renames need it."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sync(fd)
        finally:
            os.close(fd)

    def entries(self, folder: Path) -> list[str]:
        """What is in a folder; nothing if there is none."""
        try:
            return os.listdir(folder)
        except FileNotFoundError:
            return []

    def rename(self, source: Path, target: Path) -> None:
        """Put a finished file in the place of another, at once."""
        os.rename(source, target)

    def remove(self, path: Path) -> None:
        """Take a name away."""
        os.unlink(path)

    def make_folder(self, path: Path) -> None:
        """The folder and its parents, each of them on the disk."""
        if not path.parent.exists():
            self.make_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        self.sync_folder(path.parent)


def _locks(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
