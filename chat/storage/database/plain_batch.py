"""A batch of new messages, which is what nearly every batch is: PostgreSQL stores it with one statement.

Several processes that write to one room wait for each other while its row is locked. Here the row is counted up, which
locks it, and the messages are inserted behind the count that was found, without a word from this process in between.
The statement is a transaction of its own, and the server has its plan already.

A repeat breaks the unique constraint of the client_ids, a room that was removed or is full takes nothing in. Then
nothing is stored, and the batch goes the general way.
"""

import time
from collections.abc import Sequence
from operator import attrgetter

import msgspec

from chat.storage import AppendOutcome, Draft, Record
from chat.storage.database.batch import row_after
from chat.storage.database.connections import Connections, Statement, Transaction
from chat.storage.database.room_row import ROW_COLUMNS, RoomRow
from chat.storage.folding import MessageState
from chat.storage.numbering import Setting, assign_ids
from chat.storage.quota import Quota

NO_LIMIT = 2**62
_COLUMNS = [attrgetter(name) for name in ("author", "username", "message", "timestamp", "client_id")]
STORE = f"""
    with room as (
        update chat_room set last_id = last_id + %s, messages = messages + %s, size = size + %s, changed_ns = %s
        where slug = %s and size + %s <= %s returning {ROW_COLUMNS}
    ), stored as (
        insert into chat_event (room_id, id, type, author, username, message, timestamp, client_id, batch)
        select room.id, room.last_id - %s + e.number, 'message', e.author, e.username, e.message, e.timestamp,
            e.client_id, room.last_id - %s + 1
        from room, unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
            with ordinality as e(author, username, message, timestamp, client_id, number)
    )
    select * from room
"""


def is_plain(drafts: Sequence[Draft]) -> bool:
    """Whether these are messages that depend on nothing that is stored, each one once."""
    keys = {(draft.author, draft.client_id) for draft in drafts}
    return 0 < len(keys) == len(drafts) and all(
        draft.type == "message" and draft.reply_to is None and draft.id is None and draft.client_id is not None
        for draft in drafts
    )


class PlainBatch:
    """Numbered behind the row that is known, before it is locked."""

    def __init__(self, connections: Connections, known: RoomRow, drafts: Sequence[Draft], quota: Quota) -> None:
        self._connections = connections
        self._known = known
        self._limit = quota.max_room_bytes or NO_LIMIT
        _, self._records = assign_ids(drafts, _Nothing(known.last_id))

    def store(self, transaction: Transaction) -> tuple[list[AppendOutcome], RoomRow] | None:
        """The outcomes and the row behind them; None if nothing is stored."""
        try:
            rows = transaction.run_alone(self._statement())
        except self._connections.dialect.stored_twice:
            return None
        if not rows:
            return None
        row = RoomRow(*rows[0])
        records = _moved(self._records, row.last_id - self._records[-1].id)
        return [AppendOutcome(record, False) for record in records], row

    def _statement(self) -> Statement:
        known, count = self._known, len(self._records)
        size = row_after(known, self._records).size - known.size
        columns = (self._connections.dialect.texts(list(map(column, self._records))) for column in _COLUMNS)
        room = (time.time_ns(), known.slug, size, self._limit)
        return Statement(STORE, (count, count, size, *room, count, count, *columns))


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
