"""Disks for the tests: one that records calls, and one in memory that forgets, fails and crashes on demand."""

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from chat.storage.json_files.disk import Disk
from tests.support.storage.crash_states import Change, Truncation, Write, states
from tests.support.storage.disk_faults import SHORT, Fault, no_fault

LOCK = ".lock"


class RecordingDisk(Disk):
    """The real disk; `calls` holds the names of its calls, `written` the bytes of all writes."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.written = 0

    def write(self, fd: int, data: bytes, offset: int) -> None:
        self.calls.append("write")
        self.written += len(data)
        super().write(fd, data, offset)

    def sync_data(self, fd: int) -> None:
        self.calls.append("sync_data")
        super().sync_data(fd)

    def sync(self, fd: int) -> None:
        self.calls.append("sync")
        super().sync(fd)

    def rename(self, source: Path, target: Path) -> None:
        self.calls.append("rename")
        super().rename(source, target)


class CountingDisk(Disk):
    """Counts the bytes that are read of rooms' files."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes_read = 0

    def read(self, fd: int, length: int, offset: int) -> bytes:
        data = super().read(fd, length, offset)
        if os.readlink(f"/proc/self/fd/{fd}").endswith(".json"):
            self.bytes_read += len(data)
        return data


@dataclass
class Node:
    """A file's bytes as the kernel shows them, as they are on the disk, and the changes between the two."""

    content: bytes = b""
    durable: bytes = b""
    pending: list[Change] = field(default_factory=list)
    mtime_ns: int = 0  # as `touch` has set it: the system's own clock lags behind

    def change(self, change: Change) -> None:
        self.mtime_ns = 0
        self.content = change.on(self.content)
        self.pending.append(change)

    def sync(self) -> None:
        for change in self.pending:  # not `content`: what a failed sync dropped stays lost
            self.durable = change.on(self.durable)
        self.pending = []


class MemoryDisk(Disk):
    """One folder's files in memory. `fault` is asked before every call, with its name, and may return an errno.

    A write that fails has written a part. A sync that fails drops what was pending, as the kernel does: the bytes can
    still be read, and no later sync makes them durable. Calls on a descriptor whose sync failed are noted in
    `used_after_failed_sync`. `on_change` is called after every call that changes what a crash may leave.
    """

    def __init__(self, files: dict[Path, bytes] | None = None) -> None:
        super().__init__()
        self.nodes = {number: Node(content, content) for number, content in enumerate((files or {}).values(), 1)}
        self.names = dict(zip(files or {}, self.nodes, strict=True))
        self.names_since: list[dict[Path, int]] = [self.names]  # each state of the folder since its last sync
        self.missing = False  # whether the folder itself was deleted
        self.fds: dict[int, int] = {}
        self.failed_fds: set[int] = set()
        self.used_after_failed_sync: list[str] = []
        self.calls: list[str] = []
        self.fault: Fault = no_fault
        self.on_change: Callable[[], None] = _nothing
        self._next = 100

    def content(self, path: Path) -> bytes:
        return self.nodes[self.names[path]].content

    def durable(self) -> dict[Path, bytes]:
        """The folder as it is on the disk whatever happens now, if all of its names are durable."""
        return {path: self.nodes[number].durable for path, number in self.names_since[0].items()}

    def is_durable(self, path: Path, content: bytes) -> bool:
        """Whether these bytes are in this file whatever happens now."""
        return all(path in names and content in self.nodes[names[path]].durable for names in self.names_since)

    def forked(self) -> "MemoryDisk":
        """A copy of the disk, after every process that used this one has died."""
        other = MemoryDisk()
        other.nodes, other.names = deepcopy(self.nodes), self.names
        other.names_since, other.missing, other._next = self.names_since, self.missing, self._next
        return other

    # A crash

    def crash_states(self, path: Path, *, cut_every: int = 1) -> Iterator[dict[Path, bytes]]:
        """Every state in which a crash may leave this file, each with the rest of the folder as it is durable.

        The first is the state that the next process finds if only this one dies.
        """
        yield {path: self.nodes[number].content for path, number in self.names.items()}
        for names in self._possible_names():
            durable = {path: self.nodes[number].durable for path, number in names.items()}
            node = self.nodes[names[path]] if path in names else Node()
            yield durable
            if node.pending:
                for content in states(node.durable, node.pending, cut_every=cut_every):
                    yield {**durable, path: content}

    def _possible_names(self) -> Iterator[dict[Path, int]]:
        """Every combination of names as they were at any moments since the folder's last sync."""
        if len(self.names_since) == 1:
            yield self.names
            return
        paths = list(dict.fromkeys(path for names in self.names_since for path in names if path.suffix != LOCK))
        kept = [list(dict.fromkeys(names.get(path) for names in self.names_since)) for path in paths]
        for chosen in product(*kept):
            yield {path: number for path, number in zip(paths, chosen, strict=True) if number is not None}

    # The calls of a disk

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.fault is not no_fault and (number := self.fault(name)) is not None and number != SHORT:
            raise OSError(number, os.strerror(number))

    def _use(self, name: str, fd: int) -> Node:
        if fd in self.failed_fds:
            self.used_after_failed_sync.append(name)
        return self.nodes[self.fds[fd]]

    def open(self, path: Path, flags: int) -> int:
        self._call("open")
        if path not in self.names:
            if not flags & os.O_CREAT or self.missing:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            self._next += 1
            self.nodes[self._next] = Node()
            self._rename({**self.names, path: self._next})
        elif flags & os.O_EXCL:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self._next += 1
        self.fds[self._next] = self.names[path]
        if flags & os.O_TRUNC:
            self.nodes[self.names[path]].change(Truncation(0))
        return self._next

    def close(self, fd: int) -> None:
        del self.fds[fd]

    def lock(self, fd: int) -> None:
        self._call("lock")

    def stat(self, path: Path) -> os.stat_result:
        self._call("stat")
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return self._status(self.names[path])

    def has_writer(self, fd: int) -> bool | None:
        return None

    def stat_open(self, fd: int) -> os.stat_result:
        self._call("stat_open")
        return self._status(self.fds[fd])

    def _status(self, number: int) -> os.stat_result:
        node = self.nodes[number]
        links = list(self.names.values()).count(number)
        status = (stat.S_IFREG | 0o600, number, 0, links, 0, 0, len(node.content), 0, 0, 0)
        return os.stat_result(status, {"st_mtime_ns": node.mtime_ns, "st_ctime_ns": node.mtime_ns})

    def entries(self, folder: Path) -> list[str]:
        self._call("entries")
        return [path.name for path in self.names]

    def read(self, fd: int, length: int, offset: int) -> bytes:
        self._call("read")
        return self.nodes[self.fds[fd]].content[offset : offset + length]

    def write_some(self, fd: int, data: memoryview, offset: int) -> int:
        node, part = self._use("write", fd), max(1, len(data) * 2 // 3)
        self.calls.append("write")
        reason = self.fault("write")
        taken = len(data) if reason is None else part
        node.change(Write(offset, bytes(data[:taken])))
        self.on_change()
        if reason is not None and reason != SHORT:
            raise OSError(reason, os.strerror(reason))
        return taken

    def touch(self, fd: int) -> None:
        self._call("touch")
        self.nodes[self.fds[fd]].mtime_ns = time.time_ns()

    def truncate(self, fd: int, size: int) -> None:
        node = self._use("truncate", fd)
        self._call("truncate")
        node.change(Truncation(size))
        self.on_change()

    def sync_data(self, fd: int) -> None:
        self._sync("sync_data", fd)

    def sync(self, fd: int) -> None:
        self._sync("sync", fd)

    def _sync(self, name: str, fd: int) -> None:
        node = self._use(name, fd)
        try:
            self._call(name)
        except OSError:
            self.failed_fds.add(fd)
            node.pending = []
            raise
        node.sync()
        self.on_change()

    def sync_folder(self, path: Path) -> None:
        self._call("sync_folder")
        self._check_folder()
        self.names_since = [self.names]
        self.on_change()

    def rename(self, source: Path, target: Path) -> None:
        self._call("rename")
        self._check_folder()
        names = dict(self.names)
        names[target] = names.pop(source)
        self._rename(names)
        self.on_change()

    def remove(self, path: Path) -> None:
        self._call("remove")
        self._check_folder()
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        self._rename({name: number for name, number in self.names.items() if name != path})
        self.on_change()

    def make_folder(self, path: Path) -> None:
        self._call("make_folder")
        self.missing = False

    def delete_folder(self) -> None:
        """Remove the folder and everything in it; open files stay open without a name."""
        self._rename({})
        self.missing = True

    def _check_folder(self) -> None:
        if self.missing:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _rename(self, names: dict[Path, int]) -> None:
        self.names = names
        self.names_since = [*self.names_since, names]


class ReadOnlyDisk(MemoryDisk):
    """A disk that is mounted read-only."""

    def open(self, path: Path, flags: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return super().open(path, flags)


def _nothing() -> None:
    """The default of `on_change`."""
