"""Step 4 on the path of a message: durable storage. This module is the interface that every backend implements.

A `Store` holds the rooms of one installation, a `RoomLog` is the log of events of one room. Both are synchronous and
serve one call at a time for each room; a store takes calls for several rooms at once (`rooms/storage_pool.py`). What a
log promises:

- `append` returns when the whole batch is durable, or raises and stores none of it;
- ids rise and are never reused; the new records of a batch have consecutive ids, unless its drafts choose theirs;
- the same (author, client_id) is stored once;
- an amendment (edit, delete, reaction) is stored if its target is a message that its author may change like this;
- damaged records are reported and never overwritten.

    errors.py                             why a request is refused
    records.py numbering.py timestamps.py the stored records, their types, ids and times: the same in every backend
    folding.py                            messages as they are now, with their edits and reactions
    position_table.py                     finds stored client_ids, in little memory
    quota.py                              how much visitors may store
    yielding.py                           lets other threads run between the parts of a long computation
    backends.py                           the backend in use: `open_store`
    json_files/                           the backend that keeps one JSON file per room
    database/                             the backend that keeps them in PostgreSQL, or in SQLite
"""

import enum
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from chat.storage.errors import (
    Damage,
    IdTaken,
    NameTaken,
    RoomDamaged,
    RoomUnusable,
    StorageError,
    StorageForbidden,
    StorageFull,
    StorageUnavailable,
)
from chat.storage.folding import FoldedMessage, Item, Reaction, Reply
from chat.storage.records import ROOM_RECORD_ID, AnyRecord, Draft, Record

__all__ = [
    "Compaction",
    "Damage",
    "Draft",
    "Edit",
    "FoldedMessage",
    "HistoryPage",
    "IdTaken",
    "Item",
    "LookingStore",
    "NameTaken",
    "ROOM_RECORD_ID",
    "Reaction",
    "Record",
    "ReceivingStore",
    "RecordPage",
    "Refusal",
    "RepairableStore",
    "Reply",
    "RoomDamaged",
    "RoomInfo",
    "RoomLog",
    "RoomUnusable",
    "StorageError",
    "StorageForbidden",
    "StorageFull",
    "StorageUnavailable",
    "Store",
    "Tally",
    "AppendOutcome",
    "Verification",
]


class Refusal(enum.Enum):
    """Why a draft is not stored, while the rest of its batch is."""

    NOT_FOUND = "not_found"  # its target, or what it answers, is no message, or a deleted one
    NOT_ALLOWED = "not_allowed"  # somebody else's message
    TOO_MANY_REACTIONS = (
        "too_many_reactions"  # MAX_REACTION_KINDS are on the message, or MAX_KINDS_BY_AUTHOR of its author
    )


class AppendOutcome(msgspec.Struct, frozen=True):
    """The outcome of one draft: its record, or why it is refused.

    `repeated`: nothing new was stored. Its client_id was stored before, and `record` is what it was stored as; if that
    is a message, or an edit of one, that was deleted since, the delete. Or it changes nothing (the same text, the same
    topic, a reaction that is there): then `record` has the id of the last event of its target.
    """

    record: Record | None
    repeated: bool
    refusal: Refusal | None = None


class RecordPage(NamedTuple):
    """Records in the order of their ids; `complete` if there are no more in the direction of the request."""

    records: list[Record]
    complete: bool


class Compaction(NamedTuple):
    """How many records a compaction has dropped, or given their newest text, and how many bytes it has saved."""

    records: int
    saved_bytes: int


class HistoryPage(NamedTuple):
    """Messages as they are now, and other events that amend none, in the order of their ids.

    `complete` if there are no more in the direction of the request.
    """

    items: list[Item]
    complete: bool


class Tally(NamedTuple):
    """How many messages a room has had up to an id, and how many of these were cleared.

    Ids count every event, these count messages only, deleted ones too. A reader who has seen the first n has
    `messages - max(n, cleared)` unread ones.
    """

    last_id: int = ROOM_RECORD_ID
    messages: int = 0
    cleared: int = 0


class RoomInfo(NamedTuple):
    """One line of the room list. `room` is the slug here, as in the HTTP API; `name` is the name for people.

    `changed_ns`: when anything was stored last, in nanoseconds since 1970; 0 if that is not known.
    """

    room: str
    name: str
    tally: Tally = Tally()
    changed_ns: int = 0

    @property
    def last_id(self) -> int:
        """The id of the newest record."""
        return self.tally.last_id


class Verification(NamedTuple):
    """The records of a room that are intact, what else its owner should know, and the first damage."""

    records: int
    notes: list[str]
    damage: Damage | None


class Edit(NamedTuple):
    """A record that somebody edited where it is stored: where, its text before if that is known, and its text now."""

    where: str
    before: str | None
    after: str


class RoomLog(Protocol):
    """The events of one room, durable and in order.

    `last_id` is the id of the newest record. In an empty room it is `ROOM_RECORD_ID`: the first record describes the
    room, and events have greater ids.

    `epoch` names the history; ids of one epoch mean nothing in another. It exists when the log is opened. In a room
    that is not stored it is a proposal: the first batch stores it, unless another process was faster.
    """

    room: str
    name: str  # for people: of the newest event `room_name`, or of the room's own record
    topic: str  # "" if there is none
    epoch: str
    last_id: int
    compacted_id: int  # who has seen less than this cannot resume: records up to this id were dropped. 0: none
    tally: Tally  # replaced as a whole, so that any thread can read it

    @property
    def location(self) -> str:
        """Where the room is stored, for people: the path of its file, for example."""

    @property
    def deliverable_id(self) -> int:
        """The id up to which events may be delivered: less than `last_id` while a delete cannot be finished."""

    @property
    def exists(self) -> bool:
        """Whether anything of the room is stored; the first batch creates it."""

    @property
    def damage(self) -> Damage | None:
        """Why the room can only be read."""

    def append(self, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        """Store a batch in one commit; returns one outcome per draft, in order. Raises `StorageError`, `IdTaken`."""

    def items(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> HistoryPage:
        """At most `limit` messages and other events next to an id, or the newest ones; no deleted messages.

        There are fewer if they, or their amendments, are long: the memory of a page is bounded. Raises `StorageError`.
        """

    def message(self, message_id: int) -> FoldedMessage | None:
        """One message; None if there is none with this id, or if it is deleted. Raises `StorageError`."""

    def texts(self, message_id: int) -> list[Record]:
        """The record of a message and its edits, in order, as far as they exist; the newest ones if they are long.

        Empty if there is no such message. Raises `StorageError`.
        """

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> RecordPage:
        """At most `limit` events next to an id, or the newest ones, as they were stored: what clients resume with.

        The room's own record and what is deleted are left out. There are fewer if they are long: the memory of a page
        is bounded. Raises `StorageError`.
        """

    def changed(self) -> bool:
        """Whether another process wrote since the last `refresh` or write; cheap enough for an event loop."""

    def refresh(self) -> None:
        """Load what other processes wrote; the epoch changes if the history was replaced. Raises `StorageError`."""

    def clear(self, through: int) -> Record:
        """Remove every event up to this id, durably; returns the clear event. Raises `StorageError`."""

    def compact(self, *, dry_run: bool = False) -> Compaction:
        """Drop what changes nothing any more, durably: earlier texts, reactions that were taken back, what is deleted.

        With `dry_run` nothing is changed; the result is what it would be now.
        Ids, the epoch, deletes and the newest edit of a message stay. Who has seen less than `compacted_id` cannot
        resume. Raises `StorageError`.
        """

    @property
    def wants_maintenance(self) -> bool:
        """Whether `maintain` has something to do; cheap enough for an event loop."""

    def maintain(self) -> bool:
        """Do a part, some milliseconds, of what makes later calls faster; whether there is more. Raises nothing."""

    def close(self) -> None:
        """Release the room's resources; the next call acquires them again."""


class Store(Protocol):
    """All rooms of one installation."""

    @property
    def location(self) -> str:
        """Where the rooms are stored, for people."""

    def rooms(self) -> list[RoomInfo]:
        """Every stored room, by name. Raises `StorageError`."""

    def find(self, room: str) -> RoomInfo | None:
        """One stored room, without reading the others; None if there is none. Raises `StorageError`."""

    def open(self, room: str) -> RoomLog:
        """The log of a room; an empty one if the room is not stored. Raises `StorageError`."""

    def append(self, room: str, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        """`RoomLog.append` to a room that is not used otherwise: faster than to open a large one."""

    def create(self, room: str, name: str) -> bool:
        """Store an empty room under a name for people; False if it exists already. Raises `StorageError`."""

    def remove(self, room: str, epoch: str, last_id: int) -> bool:
        """Remove a room for good, durably; its clients begin anew. Raises `StorageError`.

        False, and nothing is removed, if it is not the room of this epoch and this last id: somebody wrote meanwhile.
        """

    def check_writable(self) -> None:
        """Make sure that a message could be stored now, by writing and syncing a block. Raises `StorageError`."""

    def verify(self, room: str) -> Verification:
        """Check every record of a room, while other processes may write, and change nothing. Raises `StorageError`."""

    def back_up(self, room: str, target: Path) -> None:
        """Write a copy of a room to a new file that `import_history` reads. Raises `StorageError`, OSError."""

    def default_backup_path(self, room: str) -> Path:
        """Where a copy of a room goes by default; a new path for every call."""

    def owns(self, path: Path) -> bool:
        """Whether a file at this path would become, or replace, a part of the store."""

    def close(self) -> None:
        """Release what is kept open for all rooms; the next call acquires it again."""


@runtime_checkable
class LookingStore(Store, Protocol):
    """A store whose `RoomLog.changed` would cost a query: it is asked for all rooms at once what others wrote."""

    def look(self, rooms: Collection[str]) -> dict[str, tuple[str, int]]:
        """The epoch and the last id of these rooms; one that is not stored is left out. Raises `StorageError`."""


@runtime_checkable
class ReceivingStore(Store, Protocol):
    """A store that takes over whole rooms as they are, with their ids and times."""

    def receive(self, room: str, head: Record, tally: Tally, events: Iterable[Record], *, after: int) -> None:
        """Store a room of another store.

        `head`: the room's own record there. `events`: all of them, in order, deletes and what is left of deleted
        messages too. The events up to `after` are here already, unless it is 0: then nothing of the room that is here
        stays. A receipt that was interrupted is continued behind its last id. Raises `StorageError`.
        """

    def fill(self, room: str, name: str, topic: str, events: Iterable[AnyRecord]) -> bool:
        """Store a new room with all its events, whose ids rise from the one behind `ROOM_RECORD_ID` on.

        False, and no event is taken, if the room exists. Faster than `append`, which looks for repeats: there are none.
        Raises `StorageError`.
        """


@runtime_checkable
class RepairableStore(Store, Protocol):
    """A store whose owner works on what is stored with tools of their own, and that can take over the result.

    A repair keeps a copy of what was there, as `back_up` does, and is complete or does not happen.
    """

    def repair_layout(self, room: str, backup: Path | None) -> bool:
        """Store the same records as chatsite itself would; False if they are. Without a `backup` only say so.

        Raises `StorageError`; `RoomDamaged` if a record would be lost.
        """

    def edits(self, room: str) -> list[Edit]:
        """Every record that is refused because somebody edited it. Raises `StorageError`."""

    def accept_edits(self, room: str, edits: Collection[Edit], backup: Path) -> bool:
        """Take these records as they are; False if none of them is still there. Raises `StorageError`."""
