"""Scans a room's file: which records are intact, where the last one ends, and what follows it.

A crash can leave a torn tail: any mixture of the sectors of the last, unacknowledged batch. It is cut off. A line
that was half overwritten with blanks is unfinished work, if a later record deletes its message (blanking.py). Anything
else that is not a record is damage: it is reported and never changed. Two things tell a torn tail from damage. Intact
records of a later batch behind the first bad line mean that the bad line was once acknowledged. And a batch that is
there up to its closing bracket was written to its end, so it is torn only if a crash left its traces; without them,
somebody edited it (`tail.py`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from chat.storage import ROOM_RECORD_ID, Damage
from chat.storage.json_files import kinds
from chat.storage.json_files.blanking import restored
from chat.storage.json_files.fast_parse import SEPARATOR, parse_chunk
from chat.storage.json_files.index import Index
from chat.storage.json_files.layout import begins_with_room
from chat.storage.json_files.lines import (
    BOM,
    FORMAT,
    WHITESPACE,
    BadRecord,
    ReadAt,
    decode_line,
    is_utf16,
    lines_from,
    record_bytes,
)
from chat.storage.json_files.seams import is_proven_seam
from chat.storage.json_files.tail import deleted_behind, is_torn, records_behind
from chat.storage.records import Record

HEADER = b"[\n"
TRAILER = b"\n]\n"
CHUNK = 2**16  # bytes read at a time: they and what is parsed from them fit into a processor's cache
HARMLESS_TAIL = b"]," + WHITESPACE  # bytes that can follow the last record in the place of the trailer: nothing is lost
NO_OPENING = "a room's file begins with [ on a line of its own"
LAID_OUT_ANEW = (
    "JSON, laid out anew by a tool (a formatter, jq), and each record has to be on one line; "
    "`manage.py verify_history --repair-layout` mends it"
)
COPIED = (
    "a backup tool copied this file while somebody wrote; nothing is missing, and "
    "`manage.py verify_history --repair-layout` mends it"
)

_json = json.JSONDecoder()


@dataclass(frozen=True)
class Scan:
    """What a file holds. `end` is the offset behind `last`, the last intact record before anything bad.

    `half_blanked`: by offset, what the lines are to become whose overwriting a crash has interrupted.
    """

    index: Index
    room: Record | None
    last: Record | None
    end: int
    clean_end: bool  # exactly the trailer follows `end`
    damage: Damage | None
    half_blanked: Mapping[int, bytes] = field(default_factory=dict)


def scan(read: ReadAt) -> Scan:
    """Scan a whole file."""
    return _Scanner(read, Index(), None).run(0)


def scan_added(read: ReadAt, index: Index, room: Record) -> Scan | None:
    """Scan what follows the last record of an index, and add it. None if that record moved, or if there is damage.

    Only the scan of a whole file knows the number of a damaged line.
    """
    found = _Scanner(read, index, room).run(index.offsets[-1])
    return found if found.damage is None and found.last is not None else None


class _Scanner:
    def __init__(self, read: ReadAt, index: Index, room: Record | None) -> None:
        self._read = read
        self._index = index
        self._room = room
        self._expected_id = index.ids[-1] if index else None  # the last known record, which is read again first
        self._opened = len(index) > 0  # whether the opening bracket was read
        self._closed = False  # whether the closing bracket was read
        self._last: Record | None = None
        self._end = 0
        self._record_may_follow = True  # nothing but the opening bracket, or a comma, stands in front
        self._line = 1
        self._bad: BadRecord | None = None
        self._half_blanked: dict[int, bytes] = {}
        self._deleted: set[int] | None = None  # what the records behind the first half-blanked line delete

    def run(self, start: int) -> Scan:
        offset: int | None = start
        if not self._opened and _is_one_line(self._read(CHUNK, 0)):
            self._bad, offset = BadRecord(NO_OPENING), None
        while offset is not None:
            offset = self._read_lines(self._read_chunks(offset))
        self._index.amendments.settle()
        clean_end = self._bad is None and (not self._end or self._read(len(TRAILER) + 1, self._end) == TRAILER)
        damage = None if self._bad is None else self._find_damage(self._bad)
        return Scan(self._index, self._room, self._last, self._end, clean_end, damage, self._half_blanked)

    # Records in order

    def _read_chunks(self, offset: int) -> int:
        """Take whole chunks of records while they are as chatsite writes them. Returns the offset behind them."""
        messages_only = True
        while self._last is not None and self._record_may_follow:
            chunk = parse_chunk(self._read(CHUNK, offset), messages_only=messages_only)
            if chunk is None or chunk.ids[0] <= self._index.ids[-1]:
                break
            self._index.extend(chunk.keys, chunk.lengths, offset, chunk.kinds, chunk.ids)
            self._last = chunk.last
            messages_only = not chunk.kinds.strip(kinds.ONLY_MESSAGE)
            self._line += len(chunk.ids)
            offset = self._index.offsets[-1] + chunk.lengths[-1]
            self._end = offset - len(SEPARATOR)
        return offset

    def _read_lines(self, start: int) -> int | None:
        """Take line by line about a chunk. Returns the offset behind it, None at the end.

        The end is the closing bracket, the end of the file, or the first bad line.
        """
        enough = start if self._last is None else start + CHUNK
        for text, offset in lines_from(self._read, start):
            if not self._read_line(text, offset):
                break
            self._line += 1
            behind = offset + len(text) + 1
            if self._last is not None and behind >= enough:
                return behind
        return None

    def _read_line(self, text: bytes, offset: int) -> bool:
        """Take one line; False if it is bad."""
        stripped = text.strip(WHITESPACE)
        if not stripped:
            return True
        try:
            self._parse_text(stripped, offset + text.index(stripped))
        except BadRecord as error:
            self._bad = error
        return self._bad is None

    def _parse_text(self, stripped: bytes, offset: int) -> None:
        if self._closed:
            raise BadRecord("something stands behind the closing bracket")
        if not self._opened:
            self._read_opening(stripped)
        elif stripped == b"]":
            self._closed, self._record_may_follow = True, False
        else:
            self._add_record(stripped, offset)

    def _read_opening(self, stripped: bytes) -> None:
        bracket = stripped.removeprefix(BOM)
        self._opened, self._closed = True, bracket == b"[]"
        if is_utf16(stripped):
            raise BadRecord("this is UTF-16 text: save the file as UTF-8")
        if bracket not in {b"[", b"[]"}:
            raise BadRecord(NO_OPENING)

    def _add_record(self, stripped: bytes, offset: int) -> None:
        body = record_bytes(stripped)
        try:
            record = decode_line(body)
        except BadRecord as error:
            record, body = self._incomplete_record(body, error, offset)
        self._place(record, offset)
        self._last, self._end = record, offset + len(body)
        self._record_may_follow = len(body) < len(stripped)

    def _incomplete_record(self, body: bytes, error: BadRecord, offset: int) -> tuple[Record, bytes]:
        """A record of a line that is none. Raises the error if there is none in it."""
        completed = restored(body)
        if completed is not None and self._is_deleted(decode_line(completed), offset):
            self._half_blanked[offset] = completed
            return decode_line(completed), body
        if error.is_json:
            raise error
        # A torn line can start with an intact record: `{...},]` is one, and the comma of a record that is missing.
        record = _leading_record(body, error)
        self._bad = error
        return record

    def _is_deleted(self, record: Record, offset: int) -> bool:
        """Whether a record behind this offset deletes a message, or the message of an edit."""
        if self._deleted is None:
            self._deleted = deleted_behind(self._read, offset)
        return (record.id if record.type == "message" else record.target) in self._deleted

    def _place(self, record: Record, offset: int) -> None:
        if self._expected_id is None:
            self._check_order(record)
            self._index.add(record, offset)
        elif offset != self._index.offsets[-1]:
            raise BadRecord("the last known record moved", is_json=True)
        elif record.id != self._expected_id:
            raise BadRecord(f"id {record.id} stands where id {self._expected_id} stood", is_json=True)
        self._expected_id = None

    def _check_order(self, record: Record) -> None:
        if not self._record_may_follow:
            raise BadRecord("a comma is missing at the end of the line above")
        check_order(record, self._index.ids[-1] if self._room is not None else None)
        self._room = self._room or record

    # What follows the first bad line

    def _find_damage(self, bad: BadRecord) -> Damage | None:
        """None for a torn tail. Otherwise the damage, after adding what can still be read behind it."""
        damage = Damage(f"line {self._line}", bad.reason)
        if self._last is None:
            is_laid_out_anew = not bad.is_json and begins_with_room(self._read)
            return Damage(damage.where, LAID_OUT_ANEW, mendable=True) if is_laid_out_anew else damage
        if not bad.is_json and is_torn(self._read, self._end, self._last):
            return None
        if is_proven_seam(self._read, self._end):
            damage = Damage(damage.where, COPIED, mendable=True)
        self._add_records_behind()
        return damage

    def _add_records_behind(self) -> None:
        """Add every record behind the damage. Some may be out of order, or repeated."""
        displaced: list[tuple[Record, int]] = []
        for record, offset in records_behind(self._read, self._end):
            if record is not None and record.id > self._index.ids[-1]:
                self._index.add(record, offset)
            elif record is not None:
                displaced.append((record, offset))
        self._index.add_displaced(displaced)


def _is_one_line(head: bytes) -> bool:
    """Whether a file begins with a line that is too long for memory, as it may be of any size."""
    return len(head) == CHUNK and b"\n" not in head


def check_order(record: Record, previous_id: int | None) -> None:
    """Raise `BadRecord` if a record cannot follow this id, or, without one, cannot be the first."""
    if previous_id is not None:
        if record.id <= previous_id:
            raise BadRecord(f"id {record.id} stands behind id {previous_id}", is_json=True)
    elif record.type != "room" or record.epoch is None or record.id != ROOM_RECORD_ID:
        raise BadRecord("the first record of a room's file describes the room, and has id 1", is_json=True)
    elif record.format != FORMAT:
        raise BadRecord(f"format {record.format} is not one this version of chatsite reads", is_json=True)


def _leading_record(body: bytes, error: BadRecord) -> tuple[Record, bytes]:
    """The intact record at the start of a line that goes on behind it. Raises the given error if there is none."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        _, stop = _json.raw_decode(text)
        leading = text[:stop].encode("utf-8", "surrogateescape")
        return decode_line(leading), leading
    except (ValueError, RecursionError):
        raise error from None
