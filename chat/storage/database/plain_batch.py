"""A batch of new messages, which is what nearly every batch is: stored with one round trip.

Several processes that write to one room wait for each other while its row is locked. Here it is locked, the messages
are inserted and the transaction is committed by the server without a word from this process in between: ids are sent
as those behind the last id that is known here, and the server adds what the room has grown by since.

A repeat breaks the unique constraint of the client_ids, a room that was removed or is full takes nothing in. Then
nothing is stored, and the batch goes the general way.
"""

import time
from collections.abc import Sequence

import msgspec

from chat.storage import AppendOutcome, Draft, Record
from chat.storage.database.batch import row_after
from chat.storage.database.connections import Connections, Row, Statement, Transaction
from chat.storage.database.room_row import RoomRow, lock_row
from chat.storage.database.rows import payload
from chat.storage.folding import MessageState
from chat.storage.numbering import Setting, assign_ids
from chat.storage.quota import Quota

NO_LIMIT = 2**62
_INSERT = """
    insert into chat_event (room_id, id, type, author, username, message, timestamp, client_id, batch)
    select room.id, r.id + room.last_id - %s, r.type, r.author, r.username, r.message, r.timestamp, r.client_id,
        room.last_id + 1
    from chat_room room, {events} where room.slug = %s and room.size + %s <= %s
"""
_COUNT = """
    update chat_room set last_id = last_id + %s, messages = messages + %s, size = size + %s, changed_ns = %s
    where slug = %s and size + %s <= %s returning id
"""


def is_plain(drafts: Sequence[Draft]) -> bool:
    """Whether these are messages that depend on nothing that is stored, each one once."""
    keys = {(draft.author, draft.client_id) for draft in drafts}
    return 0 < len(keys) == len(drafts) and all(
        draft.type == "message" and draft.reply_to is None and draft.id is None and draft.client_id is not None
        for draft in drafts
    )


class PlainBatch:
    """Numbered behind the row that is known, before the lock."""

    def __init__(self, connections: Connections, known: RoomRow, drafts: Sequence[Draft], quota: Quota) -> None:
        self._connections = connections
        self._known = known
        self._limit = quota.max_room_bytes or NO_LIMIT
        _, self._records = assign_ids(drafts, _Nothing(known.last_id))
        self._payload = payload(self._records)
        self._grown = row_after(known, self._records)

    def store(self, transaction: Transaction) -> tuple[list[AppendOutcome], RoomRow] | None:
        """The outcomes and the row behind them; None if nothing is stored."""
        lock = lock_row(self._connections, self._known.slug)
        try:
            statements = (lock, self._insert(), self._count())
            rows, _, counted = transaction.commit(*(each._replace(is_planned_anew=True) for each in statements))
        except self._connections.dialect.stored_twice:
            transaction.roll_back()
            return None
        return self._behind(rows[0]) if counted else None

    def _insert(self) -> Statement:
        known, size = self._known, self._grown.size - self._known.size
        return self._connections.sql(_INSERT, known.last_id, self._payload, known.slug, size, self._limit)

    def _count(self) -> Statement:
        known, count, size = self._known, len(self._records), self._grown.size - self._known.size
        return self._connections.sql(_COUNT, count, count, size, time.time_ns(), known.slug, size, self._limit)

    def _behind(self, found: Row) -> tuple[list[AppendOutcome], RoomRow]:
        row = RoomRow(*found)
        records = _moved(self._records, row.last_id - self._known.last_id)
        return [AppendOutcome(record, False) for record in records], row_after(row, records)


def _moved(records: Sequence[Record], by: int) -> Sequence[Record]:
    if not by:
        return records
    batch = records[0].id + by
    return [msgspec.structs.replace(record, id=record.id + by, batch=batch) for record in records]


class _Nothing:
    """A room in which nothing is that a batch could name."""

    settings: dict[str, Setting] = {}

    def __init__(self, last_id: int) -> None:
        self.last_id = last_id

    def find(self, author: str, client_id: str) -> Record | None:
        return None

    def state(self, message_id: int) -> MessageState | None:
        return None

    def is_other(self, record_id: int) -> bool:
        return False
