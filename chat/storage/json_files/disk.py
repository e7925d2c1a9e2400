"""Every call that reaches the disk. Tests replace this one class with a disk that records, fails or crashes."""

import contextlib
import errno
import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from chat.metrics import counted
from chat.storage.json_files.writers import is_open_for_writing

FILE_MODE = 0o600  # messages are for the owner only
FOLDER_MODE = 0o700
COPY_BYTES = 2**20  # copied from one file to another at a time
LOCK_POLL_SECONDS = 0.005  # between two tries for a lock that is held


class Disk:
    """The real disk. Every method raises OSError as its system call does."""

    def __init__(self, lock_timeout_seconds: float = 60.0) -> None:
        self._lock_timeout_seconds = lock_timeout_seconds

    def open(self, path: Path, flags: int) -> int:
        """A descriptor. Files are created for the owner only, links are not followed."""
        fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        if flags & os.O_CREAT and os.geteuid() == 0:
            _match_owner(fd, path.parent)
        return fd

    @contextlib.contextmanager
    def opened(self, path: Path) -> Iterator[int]:
        """A descriptor for reading, closed at the end. A pipe of this name does not block."""
        fd = self.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            yield fd
        finally:
            self.close(fd)

    def close(self, fd: int) -> None:
        """Close a descriptor. It is closed even if the call fails, and everything that matters was synced before."""
        try:  # faster than `suppress`, and this is a part of every append
            os.close(fd)
        except OSError:
            return

    def lock(self, fd: int) -> None:
        """Wait until this process holds the lock exclusively; closing the descriptor releases it."""
        deadline = time.monotonic() + self._lock_timeout_seconds
        while not _try_lock(fd):
            if time.monotonic() > deadline:
                seconds = f"{self._lock_timeout_seconds:g} s"
                raise OSError(errno.EWOULDBLOCK, f"another process has held the lock for {seconds}")
            time.sleep(LOCK_POLL_SECONDS)

    def stat(self, path: Path) -> os.stat_result:
        """The status of the file of this name; links are not followed."""
        return os.stat(path, follow_symlinks=False)

    def stat_open(self, fd: int) -> os.stat_result:
        """The status of an open file, even if its name leads to another one by now."""
        return os.fstat(fd)

    def has_writer(self, fd: int) -> bool | None:
        """Whether a process has the file of a read-only descriptor open for writing; None if nobody can tell."""
        return is_open_for_writing(fd)

    def free(self, folder: Path) -> int:
        """Bytes that this user can still write to the file system of a folder."""
        status = os.statvfs(folder)
        return status.f_bavail * status.f_frsize

    def read(self, fd: int, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer only at the end of the file."""
        parts = []
        while length and (part := os.pread(fd, length, offset)):
            parts.append(part)
            length, offset = length - len(part), offset + len(part)
        return b"".join(parts)

    def reader(self, fd: int) -> Callable[[int, int], bytes]:
        """`read` of one open file."""
        return partial(self.read, fd)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        """All of `data` at `offset`; a short write is continued, not ignored."""
        view = memoryview(data)
        while view:
            written = self.write_some(fd, view, offset)
            if not written:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            view, offset = view[written:], offset + written

    def write_some(self, fd: int, data: memoryview, offset: int) -> int:
        """One write call; returns how many bytes of `data` the system took."""
        return os.pwrite(fd, data, offset)

    def touch(self, fd: int) -> None:
        """Set the time of the last change to now, exactly: the system's own may be 4 ms in the past."""
        try:
            now = time.time_ns()
            os.utime(fd, ns=(now, now))
        except PermissionError:  # only its owner may choose the time; whoever may write can set the system's own
            os.utime(fd)

    def truncate(self, fd: int, size: int) -> None:
        """Cut or extend the file."""
        os.ftruncate(fd, size)

    def sync_data(self, fd: int) -> None:
        """Return when the file's bytes and its size are durable."""
        with counted.SYNCS.timed():
            if sys.platform == "darwin":
                fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # fsync alone stops at the drive's cache there
            else:
                os.fdatasync(fd)

    def sync(self, fd: int) -> None:
        """Return when the file's bytes and all of its metadata are durable."""
        if sys.platform == "darwin":
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        else:
            os.fsync(fd)

    def sync_folder(self, path: Path) -> None:
        """Return when the names in a folder are durable: new files and renames need it."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sync(fd)
        finally:
            os.close(fd)

    def entries(self, folder: Path) -> list[str]:
        """The names in a folder; none if it does not exist."""
        try:
            return os.listdir(folder)
        except FileNotFoundError:
            return []

    def rename(self, source: Path, target: Path) -> None:
        """Put a file in the place of another, atomically."""
        os.rename(source, target)

    def remove(self, path: Path) -> None:
        """Remove a name."""
        os.unlink(path)

    def make_folder(self, path: Path) -> None:
        """Create a folder and its missing parents, durably."""
        if not path.parent.exists():
            self.make_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        self.sync_folder(path.parent)


def _match_owner(fd: int, folder: Path) -> None:
    """Give a file that root has made to the owner of its folder: the server may run as another user."""
    with contextlib.suppress(OSError):  # a file system without owners
        status = os.stat(folder)
        os.fchown(fd, status.st_uid, status.st_gid)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
