"""A record as a row of `chat_event`, and a row as a record."""

from collections.abc import Sequence

import msgspec

from chat.storage import Record
from chat.storage.database.connections import Row
from chat.storage.records import AnyRecord

COLUMNS = (
    'e.id, e.type, e.author, e.username, e.message, e.timestamp, e.client_id, e.reply_to, e.target, e.emoji, e."on",'
    " e.topic, e.name, e.batch"
)
WIDTH = 14  # columns of these
INSERT = """
    insert into chat_event (room_id, id, type, author, username, message, timestamp, client_id, reply_to, target, emoji,
        "on", topic, name, batch)
    select %s, id, type, author, username, message, timestamp, client_id, reply_to, target, emoji,
        "on", topic, name, batch from {events}
"""
ROW_BYTES = 200  # of a row without its text: about


def record_of(row: Row) -> Record:
    """The record of a row that begins with `COLUMNS`."""
    return Record(
        id=row[0],
        type=row[1],
        author=row[2],
        username=row[3],
        message=row[4],
        timestamp=row[5],
        client_id=row[6],
        reply_to=row[7],
        target=row[8],
        emoji=row[9],
        on=None if row[10] is None else bool(row[10]),  # SQLite has no booleans
        topic=row[11],
        name=row[12],
        batch=row[13],
    )


def payload(records: Sequence[AnyRecord]) -> str:
    """The value of `{events}`: JSON is the fastest way to hand many rows over, and both databases read it."""
    return msgspec.json.encode(records).decode()
