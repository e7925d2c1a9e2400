"""The log of one room in the database.

An append is one transaction, however many messages it stores. For PostgreSQL a batch of new messages is one statement
(plain_batch.py). Any other takes two: the first locks the room's row and looks for repeats, the second inserts the
events, moves the counter on and commits. The lock is held from the one to the other, so ids grow by one without gap in
however many processes.
"""

import hashlib
import uuid
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from chat.storage import (
    AppendOutcome,
    Compaction,
    Draft,
    FoldedMessage,
    HistoryPage,
    Record,
    RecordPage,
    StorageFull,
)
from chat.storage.database import owner
from chat.storage.database.batch import StoredRoom, insert, row_after, select_repeats
from chat.storage.database.connections import Connections, Row, Statement, Transaction
from chat.storage.database.plain_batch import PlainBatch, is_plain
from chat.storage.database.reading import Reader
from chat.storage.database.room_row import (
    ROOM_NAME,
    RoomRow,
    check_name,
    create_row,
    lock_row,
    new_row,
    select_row,
    update_row,
)
from chat.storage.database.search_texts import SearchTexts
from chat.storage.numbering import assign_ids
from chat.storage.quota import Quota, has_only_deletes
from chat.text.names import folded


class DatabaseLog:
    """One room. Not thread-safe: one call at a time, in any thread."""

    damage = None  # the database sees to that
    wants_maintenance = False

    def __init__(self, connections: Connections, room: str, quota: Quota) -> None:
        self.room = room
        self._connections = connections
        self._quota = quota
        self._reader = Reader(connections, room)
        self._take_in(new_row(room, room, uuid.uuid4().hex))

    def _take_in(self, row: RoomRow) -> None:
        self._row = row
        self.name, self.topic, self.epoch = row.name, row.topic, row.epoch
        self.last_id, self.compacted_id, self.tally = row.last_id, row.compacted_id, row.tally

    @property
    def location(self) -> str:
        """The room in its database."""
        return f"{self.room} in {self._connections.dialect.location}"

    @property
    def deliverable_id(self) -> int:
        """The last id: a delete and what it takes out are one transaction."""
        return self.last_id

    @property
    def exists(self) -> bool:
        """Whether the room has a row."""
        return self._row.key > 0

    # Reading

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> RecordPage:
        """At most `limit` events next to an id, or the newest ones."""
        return self._reader.page(before, after, limit)

    def items(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> HistoryPage:
        """At most `limit` messages as they are now, and other events, next to an id, or the newest ones."""
        return self._reader.items(before, after, limit)

    def message(self, message_id: int) -> FoldedMessage | None:
        """One message as it is now; None if there is none, or if it is deleted."""
        return self._reader.message(message_id)

    def texts(self, message_id: int) -> list[Record]:
        """The record of a message and its edits."""
        return self._reader.texts(message_id)

    def search_texts(self) -> SearchTexts:
        """What is searched of the room; for any thread."""
        return SearchTexts(self._connections, self.room)

    # Following other processes

    def changed(self) -> bool:
        """False: the row would have to be read. `Store.look` does that, for all open rooms together."""
        return False

    def refresh(self) -> None:
        """Read the room's row. Raises `StorageError`."""
        [rows] = self._connections.read(self.room, select_row(self._connections, self.room))
        if rows:
            self._take_in(RoomRow(*rows[0]))
        elif self.exists:  # it was removed
            self._take_in(new_row(self.room, self.room, _epoch_after(self._row)))

    # Writing

    def append(self, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        """Store a batch in one transaction. Raises `StorageError`, and then stores nothing of it.

        A batch whose drafts all have client_ids is repeated when the connection was lost while it was committed.
        """
        may_repeat = all(draft.client_id is not None for draft in drafts)
        outcomes, row = self._connections.write(
            self.room, lambda transaction: self._append(transaction, drafts), may_repeat=may_repeat
        )
        if row is None:
            self.refresh()
        else:
            self._take_in(row)
        return outcomes

    def _append(self, transaction: Transaction, drafts: Sequence[Draft]) -> tuple[list[AppendOutcome], RoomRow | None]:
        """The outcomes, and the row; None if nothing is stored, and so no room is created."""
        if self.exists and self._connections.dialect.has_writing_with and is_plain(drafts):
            plain = PlainBatch(self._connections, self._row, drafts, self._quota)
            if (stored_plainly := plain.store(transaction)) is not None:
                return stored_plainly
        repeats = select_repeats(self._connections, self.room, drafts)
        row, repeated = self._locked(transaction, *repeats)
        stored = StoredRoom(self._connections, transaction, row)
        for rows in repeated:
            stored.take_repeats(rows)
        stored.look_for(drafts)
        outcomes, records = assign_ids(drafts, stored)
        if not records:
            return outcomes, None
        row = row_after(row, records)
        self._check_size(row, records)
        self._check_names(transaction, records)
        transaction.commit(*insert(self._connections, row, records, stored), update_row(self._connections, row))
        return outcomes, row

    def _locked(self, transaction: Transaction, *following: Statement) -> tuple[RoomRow, list[list[Row]]]:
        """The room's row, locked and created if it has none, and the rows of the statements behind it."""
        while True:
            found, *rest = transaction.run(lock_row(self._connections, self.room), *following)
            if found:
                return RoomRow(*found[0]), rest
            proposed = self._row if not self.exists else new_row(self.room, self.room, _epoch_after(self._row))
            create_row(self._connections, transaction, proposed, self._quota)  # another process may remove it again

    def _check_size(self, row: RoomRow, records: Sequence[Record]) -> None:
        if self._quota.max_room_bytes and row.size > self._quota.max_room_bytes and not has_only_deletes(records):
            raise StorageFull(self.room, _("this room has grown to its limit"), self.location)

    def _check_names(self, transaction: Transaction, records: Sequence[Record]) -> None:
        """A room may always be called as its own address is."""
        names = [record.name or "" for record in records if record.type == ROOM_NAME]
        for name in names if self._quota.unlike_names else ():
            if folded(name) != self.room:
                check_name(self._connections, transaction, self.room, name)

    def create(self, name: str) -> bool:
        """Create the room under this name; False if it is there. Raises `StorageError`."""
        row = self._row._replace(name=name)

        def work(transaction: Transaction) -> bool:
            is_new = create_row(self._connections, transaction, row, self._quota)
            transaction.commit()
            return is_new

        return self._connections.write(self.room, work)

    def remove(self, epoch: str, last_id: int) -> bool:
        """Remove the room, unless somebody wrote since these were read. Raises `StorageError`."""
        return self._connections.write(
            self.room, lambda it: owner.remove(self._connections, it, self.room, epoch, last_id)
        )

    def clear(self, through: int) -> Record:
        """Remove every event up to this id. Raises `StorageError`."""

        def work(transaction: Transaction) -> tuple[Record, RoomRow]:
            row, _ = self._locked(transaction)
            return owner.clear(self._connections, transaction, row, through)

        record, row = self._connections.write(self.room, work)
        self._take_in(row)
        return record

    def compact(self, *, dry_run: bool = False) -> Compaction:
        """Drop the records that change nothing any more. Raises `StorageError`."""

        def work(transaction: Transaction) -> tuple[Compaction, RoomRow]:
            row, _ = self._locked(transaction)
            return owner.compact(self._connections, transaction, row, dry_run=dry_run)

        done, row = self._connections.write(self.room, work)
        self._take_in(row)
        return done

    def maintain(self) -> bool:
        """There is nothing to do."""
        return False

    def close(self) -> None:
        """A log keeps no connection."""


def _epoch_after(row: RoomRow) -> str:
    """The epoch of what takes the place of a removed room: the same in every process that knew it."""
    return hashlib.sha256(f"{row.epoch} {row.last_id}".encode()).hexdigest()[:32]
