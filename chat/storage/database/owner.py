"""What only the owner's commands do to a room. These transactions have no deadline: a large room takes its time."""

from chat.storage import ROOM_RECORD_ID, Compaction, Record
from chat.storage.database.connections import Connections, Statement, Transaction
from chat.storage.database.room_row import RoomRow, lock_row, update_row
from chat.storage.database.rows import INSERT, ROW_BYTES, payload
from chat.storage.timestamps import now

_SIZE = f"coalesce(sum({ROW_BYTES} + {{length}}(coalesce(message, ''))), 0)"
_CLEAR_AMENDMENTS = """
    delete from chat_event where room_id = %s and id > %s and target <= %s and type in ('edit', 'delete', 'reaction')
"""


def remove(connections: Connections, transaction: Transaction, room: str, epoch: str, last_id: int) -> bool:
    """Remove a room of this epoch and last id; False if it is another one by now."""
    [rows] = transaction.run(lock_row(connections, room))
    if not rows or ((row := RoomRow(*rows[0])).epoch, row.last_id) != (epoch, last_id):
        return False
    transaction.wait_longer()
    transaction.commit(*removal(row.key))
    return True


def removal(key: int) -> list[Statement]:
    """What removes a room with everything in it."""
    parts = ("chat_event", "chat_reaction", "chat_search_text", "chat_searched_room")
    deletes = [f"delete from {table} where room_id = %s" for table in parts]
    return [Statement(sql, (key,)) for sql in [*deletes, "delete from chat_room where id = %s"]]


def clear(connections: Connections, transaction: Transaction, row: RoomRow, through: int) -> tuple[Record, RoomRow]:
    """Remove the events up to an id, what was said about them, and add the clear event; topic and name stay."""
    record_id, target = row.last_id + 1, max(0, min(through, row.last_id))
    record = Record(id=record_id, type="clear", target=target, timestamp=now(), batch=record_id)
    transaction.wait_longer()
    here = (row.key, target)
    [[(removed,)], *_] = transaction.run(
        Statement("select count(*) from chat_event where room_id = %s and id <= %s and type = 'message'", here),
        Statement("delete from chat_event where room_id = %s and id <= %s", here),
        Statement(_CLEAR_AMENDMENTS, (*here, target)),
        Statement("delete from chat_reaction where room_id = %s and target <= %s", here),
        Statement("delete from chat_search_text where room_id = %s and id <= %s", here),
        connections.sql(INSERT, row.key, payload([record])),
    )
    row = row._replace(
        last_id=record_id,
        cleared=row.cleared + removed,
        size=_size(connections, transaction, row),
        topic_id=row.topic_id if row.topic_id > target else ROOM_RECORD_ID,
        name_id=row.name_id if row.name_id > target else ROOM_RECORD_ID,
    )
    transaction.commit(update_row(connections, row))
    return record, row


# A compaction drops edits that are not the newest one, reactions that do not count any more, and deleted messages.
# The last record stays: ids go on behind it.
_OF_MESSAGE = (
    "exists (select 1 from chat_event m where m.room_id = e.room_id and m.id = e.target and m.type = 'message'"
)
_DROP = [
    f"delete from chat_event as e where room_id = %s and id < %s and type = 'edit' and {_OF_MESSAGE}"
    " and (m.deletion is not null or m.edit <> e.id))",
    f"delete from chat_event as e where room_id = %s and id < %s and type = 'reaction' and {_OF_MESSAGE})"
    " and not exists (select 1 from chat_reaction r where r.room_id = e.room_id and r.target = e.target"
    " and r.id = e.id)",
    "delete from chat_event where room_id = %s and id < %s and type = 'message' and deletion is not null",
]
_NEWEST_TEXT = """
    update chat_event set message = (select x.message from chat_event x
        where x.room_id = chat_event.room_id and x.id = chat_event.edit)
    where room_id = %s and id < %s and type = 'message' and edit is not null and message <> (select x.message
        from chat_event x where x.room_id = chat_event.room_id and x.id = chat_event.edit)
"""


def compact(
    connections: Connections, transaction: Transaction, row: RoomRow, *, dry_run: bool
) -> tuple[Compaction, RoomRow]:
    """Drop what changes nothing any more; with `dry_run` the transaction is rolled back."""
    transaction.wait_longer()
    before = _size(connections, transaction, row)
    here = (row.key, row.last_id)
    found = transaction.run(
        *(Statement(f"{sql} returning type", here) for sql in [*_DROP, _NEWEST_TEXT]),
    )
    count = sum(map(len, found))
    saved = before - _size(connections, transaction, row)
    if not count or dry_run:
        return Compaction(count, saved), row
    row = row._replace(compacted_id=row.last_id, cleared=row.cleared + len(found[2]), size=row.size - saved)
    transaction.commit(update_row(connections, row))
    return Compaction(count, saved), row


def _size(connections: Connections, transaction: Transaction, row: RoomRow) -> int:
    [[(size,)]] = transaction.run(connections.sql(f"select {_SIZE} from chat_event where room_id = %s", row.key))
    return int(size)
