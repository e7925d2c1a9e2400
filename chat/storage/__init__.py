"""Step 4 on the path of a message: where everything said is kept. This module is the interface.

A `Store` is a set of rooms, a `RoomLog` is one room's log of events. Both are synchronous and belong to one thread
at a time; `commit.py` carries batches to that thread and back. `json_file.py` is the implementation: one JSON file
per room. What a log promises:

- `append` returns when the whole batch is on disk, or raises with none of it accepted;
- ids rise by one and are never given twice; the same (author, client_id) is stored once;
- damage is refused by name, never overwritten.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from chat.storage.records import Draft, Record

__all__ = [
    "Damage",
    "Draft",
    "Page",
    "Record",
    "RoomDamaged",
    "RoomInfo",
    "RoomLog",
    "RoomUnavailable",
    "StorageError",
    "StorageFull",
    "StorageUnavailable",
    "Store",
    "Stored",
]


class Damage(NamedTuple):
    """The first place of a file that is not what chatsite wrote: line (from 1), byte offset, what is wrong."""

    line: int
    offset: int
    reason: str


class StorageError(Exception):
    """A room cannot do what was asked of it; the leaves say why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class StorageUnavailable(StorageError):
    """The disk refused (full, failing, not permitted). Nothing of the batch is stored; it may be tried again."""


class StorageFull(StorageError):
    """Visitors may fill no more of the disk: quota.py. Nothing of the batch is stored; somebody has to make room."""


class RoomDamaged(StorageError):
    """The file is damaged somewhere other than its torn tail: it is read, never written."""

    def __init__(self, path: Path, damage: Damage) -> None:
        super().__init__(path, f"line {damage.line}: {damage.reason}")
        self.damage = damage


class RoomUnavailable(StorageError):
    """The file is no room of chatsite's at all."""


class Stored(msgspec.Struct, frozen=True):
    """What became of one draft: its record, and whether that record was there before (a repeated client_id)."""

    record: Record
    repeated: bool


class RecordPage(NamedTuple):
    """Records in the order of their ids; `complete` when there are no more in the direction that was asked."""

    records: list[Record]
    complete: bool


class RoomInfo(NamedTuple):
    """One line of the room list."""

    room: str
    name: str
    last_id: int


class RoomLog(Protocol):
    """One room's events, durable and in order."""

    room: str
    name: str
    epoch: str
    last_id: int
    damage: Damage | None

    @property
    def size(self) -> int:
        """Bytes on the disk; 0 for a room that nobody has written to."""

    def append(self, drafts: Sequence[Draft]) -> list[Stored]:
        """Store a batch with one write and one sync; answers each draft in its place. Raises `StorageError`."""

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> RecordPage:
        """At most `limit` events next to an id, or the newest ones; the room's own record is never among them.

        There are fewer if they are long: a page costs so much memory and no more.
        """

    def changed(self) -> bool:
        """Whether somebody else wrote since the last look: cheap enough for an event loop."""

    def refresh(self) -> None:
        """Take in what others wrote. The epoch changes if the file is not the one it was."""

    def clear(self, through: int) -> Record:
        """Drop every event up to this id, durably and at once; returns the clear event that says so."""

    def close(self) -> None:
        """Let go of the file; the log opens it again when it is used again."""


class Store(Protocol):
    """All rooms of one installation."""

    def rooms(self) -> list[RoomInfo]:
        """Every room that is kept, by name. Raises `StorageError`."""

    def find(self, room: str) -> RoomInfo | None:
        """The same of one room, without a look at the others; None if it is not kept. Raises `StorageError`."""

    def open(self, room: str) -> RoomLog:
        """A room's log; a room that was never written to is empty. Raises `StorageError`."""

    def check(self) -> None:
        """Write something and sync it, as a message would be. Raises `StorageError` if that cannot be done."""

    def create(self, room: str, name: str) -> bool:
        """Keep a new room under a name people read; False if the room was there already. Raises `StorageError`."""
