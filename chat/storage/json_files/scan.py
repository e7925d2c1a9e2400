"""Reading a room's file from its bytes: which records are whole, where they end, and what stands behind them.

A crash can leave a torn tail: whatever the last, unacknowledged batch had on its way to the disk, in any mixture of
sectors. That is cut off. Anything else that is not a record is damage: it is named and never touched. The two are told
apart by looking behind the first bad place: whole records of a later batch there mean that the bad place was once
acknowledged.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chat.storage import Damage
from chat.storage.json_files.fast_parse import SEPARATOR, whole_stretch
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import FORMAT, BadRecord, decode_line
from chat.storage.records import Record

OPENING = b"[\n"
CLOSING = b"\n]\n"
CHUNK = 2**16  # bytes read at a time: they and what is made of them fit into a processor's cache
BLANK = b" \t\r\n"  # what JSON calls white space; Python's strip() takes away more
UNTIDY = b"]," + BLANK  # what may stand at the end instead of the closing, and is no loss
Read = Callable[[int, int], bytes]  # (length, offset) -> bytes

_json = json.JSONDecoder()


@dataclass(frozen=True)
class Scan:
    """What a file holds. `end` is the byte behind `last`, the last whole record before anything bad."""

    index: Index
    room: Record | None
    last: Record | None
    end: int
    tidy: bool  # nothing but the closing stands behind `end`
    damage: Damage | None


def scan(read: Read) -> Scan:
    """Scan a whole file."""
    return _Scanner(read, Index(), None).run(0)


def scan_added(read: Read, known: Index, room: Record) -> Scan | None:
    """Go on behind the last record of an index; None if that has moved, or if there is damage to be numbered."""
    found = _Scanner(read, known, room).run(known.offsets[-1])
    return found if found.damage is None and found.last is not None else None


class _Scanner:
    def __init__(self, read: Read, index: Index, room: Record | None) -> None:
        self._read = read
        self._index = index
        self._room = room
        self._known = index.ids[-1] if index else None  # read again: what follows it is judged by it
        self._opened = len(index) > 0
        self._ended = False  # whether the closing bracket was met
        self._last: Record | None = None
        self._end = 0
        self._comma = True  # whether a record may follow here
        self._line = 1
        self._bad: BadRecord | None = None

    def run(self, start: int) -> Scan:
        offset: int | None = start
        while offset is not None:
            offset = self._take_lines(self._take_many(offset))
        tidy = self._bad is None and (not self._end or self._read(len(CLOSING) + 1, self._end) == CLOSING)
        damage = None if self._bad is None else self._judge(self._bad)
        return Scan(self._index, self._room, self._last, self._end, tidy, damage)

    def _take_many(self, offset: int) -> int:
        """Take whole stretches of records while nothing is unusual. Returns where that ends."""
        while self._last is not None and self._comma:
            found = whole_stretch(self._read(CHUNK, offset))
            if found is None or found.heads[0].id <= self._index.ids[-1]:
                break
            self._index.extend(found.heads, found.lengths, offset)
            self._last = found.last
            self._line += len(found.heads)
            offset = self._index.offsets[-1] + found.lengths[-1]
            self._end = offset - len(SEPARATOR)
        return offset

    def _take_lines(self, start: int) -> int | None:
        """Take one line after another, until the rest may go faster again. Returns where that is, None at the end.

        The end is the closing, the end of the file, or the first bad line.
        """
        enough = start if self._last is None else start + CHUNK
        for text, offset in _lines(self._read, start):
            if not self._take(text, offset):
                break
            self._line += 1
            behind = offset + len(text) + 1
            if self._last is not None and behind >= enough:
                return behind
        return None

    def _take(self, text: bytes, offset: int) -> bool:
        """Judge one line; False when nothing behind it is to be read this way."""
        stripped = text.strip(BLANK)
        if not stripped:
            return True
        try:
            self._take_text(stripped, offset + text.index(stripped))
        except BadRecord as error:
            self._bad = error
        return self._bad is None

    def _take_text(self, stripped: bytes, offset: int) -> None:
        if self._ended:
            raise BadRecord("something stands behind the closing bracket")
        if not self._opened:
            self._open(stripped)
        elif stripped == b"]":
            self._ended, self._comma = True, False
        else:
            self._take_record(stripped, offset)

    def _open(self, stripped: bytes) -> None:
        self._opened, self._ended = True, stripped == b"[]"
        if stripped not in {b"[", b"[]"}:
            raise BadRecord("a room's file begins with [ on a line of its own", readable=True)

    def _take_record(self, stripped: bytes, offset: int) -> None:
        body = stripped.removesuffix(b",").rstrip(BLANK)
        try:
            record = decode_line(body)
        except BadRecord as error:
            if error.readable:
                raise
            # Record by record, not line by line: `{...},]` is a whole record and the comma of one that never came.
            record, body = _leading_record(body, error)
            self._bad = error
        self._place(record, offset)
        self._last, self._end = record, offset + len(body)
        self._comma = len(body) < len(stripped)

    def _place(self, record: Record, offset: int) -> None:
        if self._known is None:
            self._check_place(record)
            self._index.add(record, offset)
        elif record.id != self._known:
            raise BadRecord(f"id {record.id} stands where id {self._known} stood", readable=True)
        self._known = None

    def _check_place(self, record: Record) -> None:
        if not self._comma:
            raise BadRecord("a comma is missing at the end of the line above")
        if self._room is None:
            if record.type != "room" or record.epoch is None or record.id != 1:
                raise BadRecord("the first record of a room's file describes the room, and has id 1", readable=True)
            if record.format != FORMAT:
                raise BadRecord(f"format {record.format} is not one this version of chatsite reads", readable=True)
            self._room = record
        elif record.id <= self._index.ids[-1]:
            raise BadRecord(f"id {record.id} stands behind id {self._index.ids[-1]}", readable=True)

    def _judge(self, bad: BadRecord) -> Damage | None:
        """None for a torn tail. Otherwise the damage, after taking in what can still be read behind it."""
        damage = Damage(f"line {self._line}", bad.reason)
        if self._last is None:
            return damage
        torn = not bad.readable and all(self._may_be_torn(record) for record, _ in self._behind())
        if torn and not self._is_whole():
            return None
        self._read_on()
        return damage

    def _is_whole(self) -> bool:
        """Whether the file goes on to its end as JSON: then nothing is missing, and an editor laid it out anew."""
        behind = b"\n".join(text for text, _ in _lines(self._read, self._end))
        try:
            return bool(json.loads(b"[0" + behind))
        except (ValueError, RecursionError):
            return False

    def _read_on(self) -> None:
        """Take in every record behind the damage. Some may stand in the wrong place, or be there twice."""
        strays: list[tuple[int, int]] = []
        for record, offset in self._behind():
            if record is not None and record.id > self._index.ids[-1]:
                self._index.add(record, offset)
            elif record is not None:
                strays.append((record.id, offset))
        self._index.add_strays(strays)

    def _may_be_torn(self, record: Record | None) -> bool:
        """Whether this can stand in a torn tail: whole, and of the batch that was being written at the end."""
        assert self._last is not None, "without a record there is no tail"
        return record is not None and record.batch is not None and record.batch in {self._last.batch, self._last.id + 1}

    def _behind(self) -> Iterator[tuple[Record | None, int]]:
        """What can be read behind the last good record, wherever it begins; None for JSON that was altered."""
        for text, offset in _lines(self._read, self._end):
            for start in sorted({text.find(b"{"), text.rfind(b'{"')} - {-1}):
                try:
                    yield decode_line(text[start:].rstrip().removesuffix(b",").rstrip()), offset + start
                    break
                except BadRecord as error:
                    if error.readable:
                        yield None, offset + start


def _leading_record(body: bytes, error: BadRecord) -> tuple[Record, bytes]:
    """The whole record at the beginning of a line that goes on behind it. Raises the error that it was given."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        _, stop = _json.raw_decode(text)
        head = text[:stop].encode("utf-8", "surrogateescape")
        return decode_line(head), head
    except (ValueError, RecursionError):
        raise error from None


def _lines(read: Read, offset: int) -> Iterator[tuple[bytes, int]]:
    """Every line from an offset on and its place, without its newline; the last may have had none."""
    position = offset
    begun: list[bytes] = []  # pieces of a line that goes on in the next chunk
    while chunk := read(CHUNK, position):
        position += len(chunk)
        *lines, rest = chunk.split(b"\n")
        if lines:
            lines[0] = b"".join([*begun, lines[0]])
            begun = []
        begun.append(rest)
        for text in lines:
            yield text, offset
            offset += len(text) + 1
    yield b"".join(begun), offset
