"""Where a moment is in a room's history, by its records' times."""

from datetime import datetime

from chat.storage import ROOM_RECORD_ID, Record, RoomLog
from chat.storage.timestamps import parse_timestamp


def first_since(log: RoomLog, moment: datetime) -> int | None:
    """The id of the first message since a moment; None if there is none. Raises `StorageError`.

    A binary search over the times of the records: about twenty are read in a room of a million. Where the times do not
    rise, as behind an import of older messages into a room with history, the message that is found is since that
    moment, and the one before it is not; there may be others like it.
    """
    low, high = ROOM_RECORD_ID + 1, log.last_id + 1
    while low < high:
        middle = (low + high) // 2
        record = _next(log, middle)
        if record is None or record.id >= high or _is_since(record, moment):
            high = middle
        else:
            low = record.id + 1
    return _first_message(log, low)


def _next(log: RoomLog, record_id: int) -> Record | None:
    """The record of an id, or the next one: ids have gaps."""
    return next(iter(log.page(after=record_id - 1, limit=1).records), None)


def _is_since(record: Record, moment: datetime) -> bool:
    """A time that cannot be parsed counts as earlier."""
    time = parse_timestamp(record.timestamp)
    return time is not None and time >= moment


def _first_message(log: RoomLog, record_id: int) -> int | None:
    while True:
        page = log.page(after=record_id - 1)
        found = next((record.id for record in page.records if record.type == "message"), None)
        if found is not None or page.complete or not page.records:
            return found
        record_id = page.records[-1].id + 1
