"""What the owner's commands do with a whole room, as it was at one moment: verify it, or write it to a file."""

import os
from collections.abc import Iterator
from pathlib import Path

from chat.storage import ROOM_RECORD_ID, Damage, Record, StorageUnavailable, Verification
from chat.storage.database.connections import Connections, Row, Statement, Transaction
from chat.storage.database.reading import WITH_EDIT
from chat.storage.database.room_row import RoomRow, select_row
from chat.storage.database.rows import COLUMNS, record_of
from chat.storage.database.search_texts import searched_text
from chat.storage.json_files.lines import FORMAT, encode_line

READ_AT_ONCE = 1000  # rows
# Of each author and emoji of a message that is there, the newest reaction tells whether there is a row, and the row has
# the id of an event.
_WRONG_REACTIONS = [
    """
    select count(*) from (select room_id, target, emoji, author, max(id) as id from chat_event
        where room_id = %s and type = 'reaction' group by room_id, target, emoji, author) newest
    join chat_event e on e.room_id = newest.room_id and e.id = newest.id
    join chat_event m on m.room_id = e.room_id and m.id = e.target and m.type = 'message' and m.deletion is null
    left join chat_reaction r
        on r.room_id = e.room_id and r.target = e.target and r.emoji = e.emoji and r.author = e.author
    where e."on" <> (r.id is not null)
    """,
    """
    select count(*) from chat_reaction r left join chat_event e on e.room_id = r.room_id and e.id = r.id
        and e.type = 'reaction' and e.target = r.target and e.emoji = r.emoji and e.author = r.author
    where r.room_id = %s and e.id is null
    """,
]


def verify(connections: Connections, room: str) -> Verification:
    """Whether the rows of a room belong together. The database itself answers for their bytes."""
    return connections.snapshot(room, lambda transaction: _verify(connections, transaction, room))


def _verify(connections: Connections, transaction: Transaction, room: str) -> Verification:
    row = _row(connections, transaction, room)
    count, newest, messages, with_words, not_found = 0, ROOM_RECORD_ID, 0, 0, 0
    for each in _rows(connections, transaction, row):
        record, (deletion, newest_text, searched) = record_of(each), each[-3:]
        count, newest = count + 1, record.id
        if record.type == "message":
            messages += 1
            with_words += deletion is not None and (record.message is not None or searched is not None)
            text = newest_text or record.message
            not_found += searched is not None and searched != searched_text(text or "", record.username)
    wrong = sum(found[0][0] for found in transaction.run(*(Statement(sql, [row.key]) for sql in _WRONG_REACTIONS)))
    counted = row.messages - row.cleared
    notes = [f"{with_words} deleted messages still have words"] * (with_words > 0)
    notes += [f"{not_found} messages are not found by their words"] * (not_found > 0)
    notes += [f"{wrong} reactions do not fit their events"] * (wrong > 0)
    notes += [f"{messages} messages are counted as {counted}"] * (messages != counted)
    damage = None
    if row.last_id < newest:
        damage = Damage("its row in chat_room", f"last_id is {row.last_id}, and there is an event {newest}")
    return Verification(count + 1, notes, damage)


def back_up(connections: Connections, room: str, target: Path) -> None:
    """Write a room file, as the backend of JSON files has it. Raises `StorageError`, OSError."""
    connections.snapshot(room, lambda transaction: _write(target, _file_of(connections, transaction, room)))


def _write(target: Path, parts: Iterator[bytes]) -> None:
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # for the owner only
    try:
        with open(fd, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(fd)
    except BaseException:
        target.unlink()
        raise


def _file_of(connections: Connections, transaction: Transaction, room: str) -> Iterator[bytes]:
    row = _row(connections, transaction, room)
    head = Record(
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
    yield b"[\n" + encode_line(head)
    for each in _rows(connections, transaction, row):
        yield b",\n" + encode_line(record_of(each))
    yield b"\n]\n"


def _row(connections: Connections, transaction: Transaction, room: str) -> RoomRow:
    [rows] = transaction.run(select_row(connections, room))
    if not rows:
        raise StorageUnavailable(room, "there is no such room", connections.dialect.location)
    transaction.wait_longer()
    return RoomRow(*rows[0])


def _rows(connections: Connections, transaction: Transaction, row: RoomRow) -> Iterator[Row]:
    """Every event of a room, in order, a part at a time, each with its delete, its newest text and what is searched."""
    last = ROOM_RECORD_ID
    sql = (
        f"select {COLUMNS}, e.deletion, x.message, t.search from {WITH_EDIT}"
        " left join chat_search_text t on t.room_id = e.room_id and t.id = e.id"
        f" where e.room_id = %s and e.id > %s order by e.id limit {READ_AT_ONCE}"
    )
    while True:
        [rows] = transaction.run(connections.sql(sql, row.key, last))
        yield from rows
        if len(rows) < READ_AT_ONCE:
            return
        last = rows[-1][0]
