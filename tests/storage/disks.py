"""Disks for the storage's tests: one that records, one in memory that forgets, fails and crashes on demand."""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from pathlib import Path

from chat.storage.disk import Disk
from tests.storage.troubles import Trouble, none

SECTOR = 512  # bytes that a disk writes as one
MOST_SECTORS = 6  # of one write whose every subset is tried
GARBAGE = b"\x8f{\x00\xff}\n,7]"


class RecordingDisk(Disk):
    """The real disk; `calls` holds what reached it, in order, and `written` how many bytes."""

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


@dataclass(frozen=True)
class Write:
    offset: int
    data: bytes

    def on(self, content: bytes) -> bytes:
        before = content[: self.offset].ljust(self.offset, b"\0")
        return before + self.data + content[self.offset + len(self.data) :]

    def torn(self, content: bytes, *, fine: bool) -> Iterator[bytes]:
        """What a crash in the middle of it leaves: cut at any byte, or any subset of its sectors."""
        yield self.on(content)
        if fine:
            yield from (Write(self.offset, self.data[:stop]).on(content) for stop in range(1, len(self.data)))
        pieces = list(self._sectors())
        assert len(pieces) <= MOST_SECTORS, "keep the batches of these tests small"
        size = max(len(content), self.offset + len(self.data))
        filling = (GARBAGE * (size // len(GARBAGE) + 1))[:size]
        for chosen in _subsets(pieces):
            for grown in (content, content.ljust(size, b"\0"), content + filling[len(content) :]):
                yield _apply(chosen, grown)

    def _sectors(self) -> Iterator["Write"]:
        offset, data = self.offset, self.data
        while data:
            length = SECTOR - offset % SECTOR
            yield Write(offset, data[:length])
            offset, data = offset + length, data[length:]


@dataclass(frozen=True)
class Cut:
    size: int

    def on(self, content: bytes) -> bytes:
        return content[: self.size].ljust(self.size, b"\0")

    def torn(self, content: bytes, *, fine: bool) -> Iterator[bytes]:
        yield self.on(content)


@dataclass
class Node:
    """A file's bytes as the kernel shows them, as they are on the disk, and what lies between."""

    content: bytes = b""
    durable: bytes = b""
    pending: list[Write | Cut] = field(default_factory=list)

    def change(self, change: Write | Cut) -> None:
        self.content = change.on(self.content)
        self.pending.append(change)

    def after_a_crash(self, *, fine: bool) -> Iterator[bytes]:
        yield self.durable
        if self.pending:
            *earlier, last = self.pending
            for kept in _subsets(earlier):
                yield _apply(kept, self.durable)
                yield from last.torn(_apply(kept, self.durable), fine=fine)


class MemoryDisk(Disk):
    """Files in memory. `trouble` is asked before every call, by its name, and may name an errno to fail with.

    A failing write is a short one. A failing sync drops what was pending, as the kernel does: the bytes can still be
    read, and no later sync brings them to the disk. Using a descriptor after its sync failed is noted in `abused`.
    """

    def __init__(self, files: dict[Path, bytes] | None = None) -> None:
        super().__init__()
        self.nodes = {number: Node(content, content) for number, content in enumerate((files or {}).values(), 1)}
        self.names = dict(zip(files or {}, self.nodes, strict=True))
        self.durable_names = dict(self.names)
        self.earlier_names = [self.durable_names]  # every state of the folder since its last sync
        self.fds: dict[int, int] = {}
        self.given_up: set[int] = set()
        self.abused: list[str] = []
        self.calls: list[str] = []
        self.trouble: Trouble = none
        self.changed: Callable[[], None] = lambda: None
        self._next = 100

    def content(self, path: Path) -> bytes:
        return self.nodes[self.names[path]].content

    def after_a_crash(self, *, fine: bool = True) -> Iterator[dict[Path, bytes]]:
        """Every folder that the disk may hold if the machine dies now: one file at a time is not as it is durable."""
        for names in self.earlier_names:
            calm = {path: self.nodes[number].durable for path, number in names.items()}
            yield calm
            for path, number in names.items():
                for content in self.nodes[number].after_a_crash(fine=fine):
                    yield calm | {path: content}

    def _call(self, name: str, fd: int | None = None) -> None:
        self.calls.append(name)
        if fd in self.given_up and name in {"write", "truncate", "sync", "sync_data"}:
            self.abused.append(name)
        if (number := self.trouble(name)) is not None:
            raise OSError(number, os.strerror(number))

    def open(self, path: Path, flags: int) -> int:
        self._call("open")
        if path not in self.names:
            if not flags & os.O_CREAT:
                raise FileNotFoundError(errno.ENOENT, "No such file or directory")
            self._next += 1
            self.nodes[self._next] = Node()
            self._rename({**self.names, path: self._next})
        elif flags & os.O_EXCL:
            raise FileExistsError(errno.EEXIST, "File exists")
        self._next += 1
        self.fds[self._next] = self.names[path]
        if flags & os.O_TRUNC:
            self._node(self._next).change(Cut(0))
        return self._next

    def close(self, fd: int) -> None:
        del self.fds[fd]

    def lock(self, fd: int) -> None:
        self._call("lock")

    def stat(self, path: Path) -> os.stat_result:
        self._call("stat")
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return self._status(self.names[path])

    def stat_open(self, fd: int) -> os.stat_result:
        self._call("stat_open")
        return self._status(self.fds[fd])

    def _status(self, number: int) -> os.stat_result:
        size = len(self.nodes[number].content)
        return os.stat_result((stat.S_IFREG | 0o600, number, 0, 1, 0, 0, size, 0, 0, 0))

    def read(self, fd: int, length: int, offset: int) -> bytes:
        self._call("read")
        return self._node(fd).content[offset : offset + length]

    def write(self, fd: int, data: bytes, offset: int) -> None:
        try:
            self._call("write", fd)
        except OSError:
            self._node(fd).change(Write(offset, data[: len(data) * 2 // 3]))
            raise
        self._node(fd).change(Write(offset, data))
        self.changed()

    def truncate(self, fd: int, size: int) -> None:
        self._call("truncate", fd)
        self._node(fd).change(Cut(size))
        self.changed()

    def sync_data(self, fd: int) -> None:
        self._sync("sync_data", fd)

    def sync(self, fd: int) -> None:
        self._sync("sync", fd)

    def _sync(self, name: str, fd: int) -> None:
        node = self._node(fd)
        try:
            self._call(name, fd)
        except OSError:
            self.given_up.add(fd)
            node.pending = []
            raise
        if node.pending:
            node.durable, node.pending = self._synced(node), []

    def _synced(self, node: Node) -> bytes:
        return _apply(node.pending, node.durable)  # not `content`: what a failed sync dropped does not come back

    def sync_folder(self, path: Path) -> None:
        self._call("sync_folder")
        self.durable_names = dict(self.names)
        self.earlier_names = [self.durable_names]

    def rename(self, source: Path, target: Path) -> None:
        self._call("rename")
        names = dict(self.names)
        names[target] = names.pop(source)
        self._rename(names)
        self.changed()

    def remove(self, path: Path) -> None:
        self._call("remove")
        self._rename({name: number for name, number in self.names.items() if name != path})

    def make_folder(self, path: Path) -> None:
        self._call("make_folder")

    def _rename(self, names: dict[Path, int]) -> None:
        self.names = names
        self.earlier_names = [*self.earlier_names, names]

    def _node(self, fd: int) -> Node:
        return self.nodes[self.fds[fd]]


class ReadOnlyDisk(MemoryDisk):
    """A disk that is mounted read-only."""

    def open(self, path: Path, flags: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
            raise OSError(errno.EROFS, "Read-only file system")
        return super().open(path, flags)


def _apply(changes: Sequence[Write | Cut], content: bytes) -> bytes:
    for change in changes:
        content = change.on(content)
    return content


def _subsets(items: Sequence[Write | Cut]) -> Iterator[tuple[Write | Cut, ...]]:
    return chain.from_iterable(combinations(items, length) for length in range(len(items) + 1))
