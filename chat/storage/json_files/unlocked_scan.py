"""The scan of a large file without its lock, for which others wait. Under it only what was added since is read."""

import contextlib
from functools import partial
from typing import NamedTuple

from chat.storage.json_files.file_status import FileStatus
from chat.storage.json_files.index import Index
from chat.storage.json_files.index_cache import IndexCache
from chat.storage.json_files.lines import BadRecord, record_at
from chat.storage.json_files.room_file import RoomFile
from chat.storage.json_files.room_lock import Checkpoint
from chat.storage.json_files.scan import Scan, check_order, scan, scan_added
from chat.storage.json_files.yielding import let_others_run
from chat.storage.position_table import PositionTable


class UnlockedScan(NamedTuple):
    """What was found in a file of this status. `generation`: of the file, if that is from the index cache."""

    status: FileStatus
    found: Scan
    generation: str | None = None


def scan_unlocked(file: RoomFile, cache: IndexCache) -> UnlockedScan | None:
    """Open a large file, and scan it, or what the index cache does not cover. None if there is none. Raises OSError."""
    file.reopen()
    if file.status is None:
        return None
    return _cached(file, file.status, cache) or UnlockedScan(
        file.status, scan(partial(_read_and_yield, file), Index(PositionTable.portable()))
    )


def _cached(file: RoomFile, status: FileStatus, cache: IndexCache) -> UnlockedScan | None:
    """What the index cache leads to, and what was added to the file since; None if the cache does not fit."""
    with contextlib.suppress(OSError, BadRecord):
        left = file.lock.peek()
        if left is None or not left.describes(status):
            return None
        index = cache.load(status, left.generation, file.read)
        if index is None:
            return None
        room = record_at(file.read, index.offsets[0])
        check_order(room, None)
        found = scan_added(partial(_read_and_yield, file), index, room)
        if found is not None and index.count_through(left.last_id) == left.records:
            return UnlockedScan(status, found, left.generation)
    return None


def _read_and_yield(file: RoomFile, length: int, offset: int) -> bytes:
    """A chunk of the file: a gigabyte is scanned for seconds."""
    data = file.read(length, offset)
    let_others_run()
    return data


def added_since(before: UnlockedScan, file: RoomFile, left: Checkpoint | None) -> Scan | None:
    """Under the lock: a scan, continued; None if another program may have changed the file meanwhile.

    `left`: the checkpoint, if the file is as chatsite left it.
    """
    status, found, generation = before
    if file.status is None or found.room is None or found.damage is not None:
        return None
    if generation is not None and (left is None or left.generation != generation):
        return None
    has_only_grown = left is not None and status.inode == file.status.inode and status.size <= file.status.size
    if not (has_only_grown or status == file.status):
        return None
    if not _still_has_last_of(file, found):  # its writer has failed, and another batch is in its place
        return None
    return scan_added(file.read, found.index, found.room)


def _still_has_last_of(file: RoomFile, found: Scan) -> bool:
    try:
        return record_at(file.read, found.index.offsets[-1]) == found.last
    except BadRecord:
        return False
