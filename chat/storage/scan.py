"""Reading a room's file from its bytes: which records are whole, where they end, and what stands behind them.

A crash can leave a torn tail: whatever the last, unacknowledged batch had on its way to the disk, in any mixture of
sectors. That is cut off. Anything else that is not a record is damage: it is named and never touched. The two are told
apart by looking behind the first bad place: whole records of a later batch there mean that the bad place was once
acknowledged.
"""

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from chat.storage import Damage
from chat.storage.index import Index
from chat.storage.records import FORMAT, BadRecord, Record, decode_line

OPENING = b"[\n"
CLOSING = b"\n]\n"
CHUNK = 2**20
Read = Callable[[int, int], bytes]  # (length, offset) -> bytes

_json = json.JSONDecoder()
_record_start = re.compile(rb'\{"id":\d')


class Scan(NamedTuple):
    """What a file holds. `end` is the byte behind the last whole record before anything bad (0: no record at all)."""

    index: Index
    room: Record | None
    last: Record | None
    end: int
    tidy: bool  # nothing but the closing stands behind `end`
    damage: Damage | None


def scan(read: Read, index: Index | None = None, room: Record | None = None) -> Scan:
    """Scan a whole file, or go on from the last record of an index (whose `room` record is given with it)."""
    return _Scanner(read, index or Index(), room).run()


class _Scanner:
    def __init__(self, read: Read, index: Index, room: Record | None) -> None:
        self._read = read
        self._index = index
        self._room = room
        self._last: Record | None = None
        self._line = len(index) + 1  # the opening bracket has a line of its own
        self._end = 0
        self._comma = True  # whether a record may follow here
        self._bad: BadRecord | None = None
        self._bad_at = 0
        self._opened = len(index) > 0
        self._start = 0
        if self._opened:  # the last record is read again: what follows it is judged by it
            index.ids.pop()
            self._start = index.offsets.pop()

    def run(self) -> Scan:
        self._whole_lines()
        tidy = self._bad is None and self._closed()
        damage = None if self._bad is None else self._judge(self._bad)
        return Scan(self._index, self._room, self._last, self._end, tidy, damage)

    def _whole_lines(self) -> None:
        """Take lines until the closing, the end of the file, or the first bad one."""
        offset, rest = self._start, b""
        while chunk := self._read(CHUNK, offset + len(rest)):
            *lines, rest = (rest + chunk).split(b"\n")
            for text in lines:
                if not self._take(text, offset):
                    return
                offset += len(text) + 1
                self._line += 1
        self._take(rest, offset)

    def _take(self, text: bytes, offset: int) -> bool:
        """Judge one line; False when nothing behind it is to be read this way."""
        stripped = text.strip()
        if not stripped or (self._opened and stripped == b"]"):
            return not stripped
        try:
            if self._opened:
                self._take_record(stripped, offset + text.index(stripped))
            else:
                self._open(stripped)
        except BadRecord as error:
            self._bad, self._bad_at = error, offset
        return self._bad is None

    def _open(self, stripped: bytes) -> None:
        self._opened = stripped == b"["
        if not self._opened and stripped != b"[]":
            raise BadRecord("a room's file begins with [ on a line of its own", readable=True)

    def _take_record(self, stripped: bytes, offset: int) -> None:
        body = stripped.removesuffix(b",").rstrip()
        try:
            record = decode_line(body)
        except BadRecord as error:
            if error.readable:
                raise
            # Record by record, not line by line: `{...},]` is a whole record and the comma of one that never came.
            record, body = _leading_record(body, error)
            self._bad, self._bad_at = error, offset + len(body)
        self._check_place(record)
        self._index.add(record, offset)
        self._last, self._end = record, offset + len(body)
        self._comma = len(body) < len(stripped)

    def _check_place(self, record: Record) -> None:
        if not self._comma:
            raise BadRecord("a comma is missing at the end of the line above")
        if self._room is None:
            if record.type != "room" or record.epoch is None:
                raise BadRecord("the first record of a room's file describes the room", readable=True)
            if record.format != FORMAT:
                raise BadRecord(f"format {record.format} is not one this version of chatsite reads", readable=True)
            self._room = record
        elif self._index.ids and record.id <= self._index.ids[-1]:
            raise BadRecord(f"id {record.id} stands behind id {self._index.ids[-1]}", readable=True)

    def _closed(self) -> bool:
        """Whether only the closing is left. White space and a missing bracket are untidy; other bytes are bad."""
        if not self._end or self._read(len(CLOSING) + 1, self._end) == CLOSING:
            return True
        if b"".join(self._tail().split()) not in {b"", b",", b"]", b",]"}:
            self._bad, self._bad_at = BadRecord("something stands behind the closing bracket"), self._end
        return False

    def _judge(self, bad: BadRecord) -> Damage | None:
        """None for a torn tail. Otherwise the damage, after taking in what can still be read behind it."""
        damage = Damage(self._line, self._bad_at, bad.reason)
        if self._last is None:
            return damage
        records = _whole_records(self._tail(), self._end)
        if not bad.readable and all(record.batch in {self._last.batch, self._last.id + 1} for record, _ in records):
            return None
        for record, offset in records:
            if record.id > self._index.ids[-1]:
                self._index.add(record, offset)
        return damage

    def _tail(self) -> bytes:
        """Everything behind the last good record: rarely more than a batch, unless the file is damaged."""
        parts, offset = [], self._end
        while chunk := self._read(CHUNK, offset):
            parts.append(chunk)
            offset += len(chunk)
        return b"".join(parts)


def _leading_record(body: bytes, error: BadRecord) -> tuple[Record, bytes]:
    """The whole record at the beginning of a line that goes on behind it. Raises the error that it was given."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        _, stop = _json.raw_decode(text)
    except (ValueError, RecursionError):
        raise error from None
    head = text[:stop].encode("utf-8", "surrogateescape")
    return decode_line(head), head


def _whole_records(tail: bytes, base: int) -> list[tuple[Record, int]]:
    """Every record that is whole in a stretch of bytes, wherever it begins, with its place in the file."""
    found = []
    position = 0
    while match := _record_start.search(tail, position):
        start = match.start()
        stop = tail.find(b"\n", start)
        body = tail[start : stop if stop >= 0 else len(tail)].rstrip().removesuffix(b",")
        try:
            found.append((decode_line(body), base + start))
            position = start + len(body)
        except BadRecord:
            position = start + 1
    return found
