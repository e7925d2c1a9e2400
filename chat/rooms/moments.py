"""Where a moment is in a room's history, by its records' times."""

from datetime import datetime

from chat.storage import ROOM_RECORD_ID, FoldedMessage, Record, RoomLog
from chat.storage.folding import item_id
from chat.storage.timestamps import parse_timestamp

READ_AT_ONCE = 10  # messages, or changes of the topic, until the first message is found


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
    """Of items: however many amendments follow, none of them is read."""
    while True:
        page = log.items(after=record_id - 1, limit=READ_AT_ONCE)
        found = next((item.record.id for item in page.items if isinstance(item, FoldedMessage)), None)
        if found is not None or page.complete or not page.items:
            return found
        record_id = item_id(page.items[-1]) + 1
