"""Both ends of a room's file: enough to append to it, if chatsite left it like this. What is between is not read."""

from chat.storage.json_files.histories import ends_as_left
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import BadRecord, ReadAt, line_at, record_at
from chat.storage.json_files.room_lock import Checkpoint
from chat.storage.json_files.scan import HEADER, TRAILER, Scan, check_order, scan_added

MAX_LINE_BYTES = 2**16  # of the last record; a longer one is found by a scan


def scan_ends(read: ReadAt, left: Checkpoint) -> Scan | None:
    """The first and the last record of the file that a checkpoint describes; None if the file is not as it says."""
    if not left.others:
        return None  # an older version wrote it
    index = Index()
    try:
        room = record_at(read, len(HEADER))
        check_order(room, None)
        index.add(room, len(HEADER))
        if left.last_id != room.id:
            offset = _last_line(read, left.file.size - len(TRAILER))
            index.add(record_at(read, offset), offset)
    except BadRecord:
        return None
    index.omitted, index.others = left.records - len(index), left.others
    found = scan_added(read, index, room) if line_at(read, 0) + b"\n" == HEADER else None
    return found if found is not None and ends_as_left(found, left) else None


def _last_line(read: ReadAt, end: int) -> int:
    """The offset of the line that ends at an offset. Raises `BadRecord` if it is too long."""
    start = max(0, end - MAX_LINE_BYTES)
    place = read(end - start, start).rfind(b"\n")
    if place < 0:
        raise BadRecord("this line is too long")
    return start + place + 1
