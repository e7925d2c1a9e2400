"""Whether a file still holds the history that chatsite wrote, and the epoch of one that another program put there.

A record is identified by its id and timestamp, not by its bytes: its owner may have edited it.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from chat.storage.json_files.blanking import decode_deleted
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import BadRecord, ReadAt, line_at, record_bytes, with_crc
from chat.storage.json_files.room_lock import Checkpoint
from chat.storage.json_files.scan import Scan
from chat.storage.records import Record

logger = logging.getLogger(__name__)


def continues(read: ReadAt, found: Scan, past: Checkpoint) -> bool:
    """Whether an undamaged file holds the history of `past`, perhaps grown, or cleared by chatsite. Raises OSError."""
    if found.room is None or found.last is None:
        return False
    if found.room.epoch in {new_epoch(past, None), new_epoch(past, found.last)}:
        return True  # it was replaced, and a process died after it had stored the new epoch
    if past.copied or found.room.epoch != past.epoch or found.last.id < past.last_id:
        return False
    return _is_last_of(past, found.last) or _holds_or_cleared(read, found.index, past)


def ends_as_left(found: Scan, past: Checkpoint) -> bool:
    """Whether a file ends with the record of `past`, in its epoch, and nothing is behind it."""
    if found.room is None or found.last is None or not found.clean_end:
        return False
    return found.room.epoch == past.epoch and _is_last_of(past, found.last)


def _is_last_of(past: Checkpoint, record: Record) -> bool:
    return (record.id, record.timestamp) == (past.last_id, past.timestamp)


def _holds_or_cleared(read: ReadAt, index: Index, past: Checkpoint) -> bool:
    """A process may die after a clear, before it remembers that: then a later clear covers the remembered record."""
    for record in _records_from(read, index, index.count_before(past.last_id)):
        if record.id == past.last_id:
            return _is_last_of(past, record)
        if record.type == "clear" and (record.target or 0) >= past.last_id:
            return True
    return False


def _records_from(read: ReadAt, index: Index, position: int) -> Iterator[Record]:
    for offset in index.offsets[position:]:
        try:
            yield decode_deleted(record_bytes(line_at(read, offset)))  # the remembered record may be half blanked
        except BadRecord:
            continue  # it changed since the scan; the next look sees that


def new_epoch(past: Checkpoint, last: Record | None) -> str:
    """The epoch of what took the place of `past` and ends with `last`, None if nothing is there.

    It is the same in every process, before and after a restart: clients that were told it once are not reset again.
    """
    now = None if last is None else (last.id, last.timestamp)
    names = msgspec.json.encode((past.epoch, past.last_id, past.timestamp, now))
    return hashlib.sha256(names).hexdigest()[:32]


def with_members(line: bytes, changed: Mapping[str, object]) -> bytes:
    """The line of a record with other values of some members; every other member stays."""
    members = msgspec.json.decode(line)
    members.pop("crc", None)
    return with_crc(msgspec.json.encode({**members, **changed})[:-1])


def log_change(path: Path, known: Checkpoint | None, past: Checkpoint | None, found: Scan, *, replaced: bool) -> None:
    """Log what another program did to a file. `known`: as this process knew it; `past`: with what it is compared."""
    now = f"{len(found.index)} up to id {found.index.ids[-1]}" if found.index else "none"
    if replaced and past is not None and (found.index or known is not None):
        why = "the lock file was copied, so records may be missing" if past.copied else "another program replaced it"
        before = f"{past.records} up to id {past.last_id}"
        logger.warning(
            "%s: this is another history (%s). Records before: %s; now: %s. Everybody starts again in a new epoch.",
            path,
            why,
            before,
            now,
        )
    elif known is not None and (found.index or found.damage is None):  # otherwise the error says why it cannot be read
        before = f"{known.records} up to id {known.last_id}"
        logger.info("%s: another program changed the file. Records before: %s; now: %s.", path, before, now)
