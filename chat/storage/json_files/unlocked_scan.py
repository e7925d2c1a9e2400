"""The scan of a large file without its lock, for which others wait. Under it only what was added since is read."""

import contextlib
import time
from functools import partial
from typing import NamedTuple

from chat.storage.json_files.file_status import FileStatus
from chat.storage.json_files.index_cache import IndexCache
from chat.storage.json_files.lines import BadRecord, record_at
from chat.storage.json_files.room_file import RoomFile
from chat.storage.json_files.room_lock import Checkpoint
from chat.storage.json_files.scan import Scan, check_order, scan, scan_added
from chat.storage.yielding import let_others_run

LOOKS = 50
PAUSE_SECONDS = 0.002  # between two of them


class UnlockedScan(NamedTuple):
    """What was found in a file of this status. `generation`: of the file, if it was as chatsite left it."""

    status: FileStatus
    found: Scan
    generation: str | None


def reopened_as_left(file: RoomFile) -> Checkpoint | None:
    """Open the file of the name; its checkpoint, if that describes it. Raises OSError.

    Between the write of a batch and its checkpoint is the sync. So a busy room takes several looks.
    """
    for _ in range(LOOKS):
        file.reopen()
        try:
            left = file.lock.peek()
        except FileNotFoundError:
            break
        if left is not None and left.describes(file.status):
            return left
        time.sleep(PAUSE_SECONDS)
    return None


def scan_unlocked(file: RoomFile, left: Checkpoint | None, cache: IndexCache) -> UnlockedScan | None:
    """Scan a large file that is open, or what the index cache does not cover. None if there is none. Raises OSError."""
    if file.status is None:
        return None
    found = None if left is None else _cached(file, file.status, left, cache)
    if found is None:
        found = scan(partial(_read_and_yield, file))
    return UnlockedScan(file.status, found, None if left is None else left.generation)


def _cached(file: RoomFile, status: FileStatus, left: Checkpoint, cache: IndexCache) -> Scan | None:
    """What the index cache leads to, and what was added to the file since; None if the cache does not fit."""
    with contextlib.suppress(OSError, BadRecord):
        index = cache.load(status, left.generation, file.read)
        if index is None:
            return None
        room = record_at(file.read, index.offsets[0])
        check_order(room, None)
        found = scan_added(partial(_read_and_yield, file), index, room)
        if index.count_through(left.last_id) == left.records:
            return found
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
    if before.found.room is None or before.found.damage is not None:
        return None
    if before.status != file.status and not _has_only_grown(before, file.status, left):
        return None
    if not _still_has_last_of(file, before.found):  # its writer has failed, and another batch is in its place
        return None
    return scan_added(file.read, before.found.index, before.found.room)


def _has_only_grown(before: UnlockedScan, status: FileStatus | None, left: Checkpoint | None) -> bool:
    if status is None or left is None or before.generation not in {None, left.generation}:
        return False
    return before.status.inode == status.inode and before.status.size <= status.size


def _still_has_last_of(file: RoomFile, found: Scan) -> bool:
    try:
        return record_at(file.read, found.index.offsets[-1]) == found.last
    except BadRecord:
        return False
