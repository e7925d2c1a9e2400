"""What only the owner's commands do to a room. These transactions have no deadline: a large room takes its time."""

import os
from collections.abc import Iterator
from pathlib import Path

from chat.storage import ROOM_RECORD_ID, Compaction, Damage, Record, Verification
from chat.storage.database.connections import Connections, Row, Statement, Transaction
from chat.storage.database.reading import WITH_EDIT
from chat.storage.database.room_row import HERE, RoomRow, lock_row, update_row
from chat.storage.database.rows import COLUMNS, INSERT, ROW_BYTES, payload, record_of
from chat.storage.database.search_texts import searched_text
from chat.storage.json_files.lines import FORMAT, encode_line
from chat.storage.timestamps import now

READ_AT_ONCE = 1000  # rows
_SIZE = f"coalesce(sum({ROW_BYTES} + {{length}}(coalesce(message, ''))), 0)"


def remove(connections: Connections, transaction: Transaction, room: str, epoch: str, last_id: int) -> bool:
    """Remove a room of this epoch and last id; False if it is another one by now."""
    [rows] = transaction.run(lock_row(connections, room))
    if not rows or (rows[0][6], rows[0][8]) != (epoch, last_id):
        return False
    transaction.wait_longer()
    transaction.commit(*removal(rows[0][0]))
    return True


def removal(key: int) -> list[Statement]:
    """What removes a room with everything in it."""
    parts = ("chat_event", "chat_reaction", "chat_search_text", "chat_searched_room")
    deletes = [f"delete from {table} where room_id = %s" for table in parts]
    return [Statement(sql, (key,)) for sql in [*deletes, "delete from chat_room where id = %s"]]


def clear(connections: Connections, transaction: Transaction, row: RoomRow, through: int) -> tuple[Record, RoomRow]:
    """Remove the events up to an id, and add the clear event; the topic and the name stay."""
    record_id, target = row.last_id + 1, max(0, min(through, row.last_id))
    record = Record(id=record_id, type="clear", target=target, timestamp=now(), batch=record_id)
    transaction.wait_longer()
    here = (row.key, target)
    [[(removed,)], *_] = transaction.run(
        Statement("select count(*) from chat_event where room_id = %s and id <= %s and type = 'message'", here),
        Statement("delete from chat_event where room_id = %s and id <= %s", here),
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


def verify(connections: Connections, room: str) -> Verification:
    """Whether the rows of a room belong together. The database itself answers for their bytes."""
    count, newest, messages, with_words, wrong = 0, ROOM_RECORD_ID, 0, 0, 0
    for row in _rows(connections, room):
        record, (deletion, newest_text, searched) = record_of(row), row[-3:]
        count, newest = count + 1, record.id
        if record.type == "message":
            messages += 1
            with_words += deletion is not None and (record.message is not None or searched is not None)
            text = newest_text or record.message
            wrong += searched is not None and searched != searched_text(text or "", record.username)
    [[found]] = connections.read(
        room, Statement("select last_id, messages - cleared from chat_room where slug = %s", (room,))
    )
    damage = None
    if found[0] < newest:
        damage = Damage("its row in chat_room", f"last_id is {found[0]}, and there is an event {newest}")
    notes = [f"{with_words} deleted messages still have words"] * (with_words > 0)
    notes += [f"{wrong} messages are not found by their words"] * (wrong > 0)
    notes += [f"{messages} messages are counted as {found[1]}"] * (messages != found[1])
    return Verification(count + 1, notes, damage)


def back_up(connections: Connections, row: RoomRow, target: Path) -> None:
    """Write a room file, as the backend of JSON files has it. Raises `StorageError`, OSError."""
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # for the owner only
    try:
        with open(fd, "wb") as file:
            file.writelines(_file_of(connections, row))
            file.flush()
            os.fsync(fd)
    except BaseException:
        target.unlink()
        raise


def _file_of(connections: Connections, row: RoomRow) -> Iterator[bytes]:
    room = Record(
        id=ROOM_RECORD_ID,
        type="room",
        name=row.name,
        topic=row.topic or None,
        epoch=row.epoch,
        format=FORMAT,
        compacted=row.compacted_id or None,
        timestamp=row.created,
        batch=ROOM_RECORD_ID,
    )
    yield b"[\n" + encode_line(room)
    for each in _rows(connections, row.slug):
        yield b",\n" + encode_line(record_of(each))
    yield b"\n]\n"


def _rows(connections: Connections, room: str) -> Iterator[Row]:
    """Every row of a room, in order, a part at a time."""
    last = 0
    while True:
        sql = (
            f"select {COLUMNS}, e.deletion, x.message, t.search from {WITH_EDIT}"
            " left join chat_search_text t on t.room_id = e.room_id and t.id = e.id"
            f" where e.room_id = {HERE} and e.id > %s order by e.id limit {READ_AT_ONCE}"
        )
        [rows] = connections.read(room, connections.sql(sql, room, last))
        yield from rows
        if len(rows) < READ_AT_ONCE:
            return
        last = rows[-1][0]
