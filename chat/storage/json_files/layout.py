"""Reads a room's file that a tool laid out anew (jq, json.tool, a formatter, an editor): value by value.

Any layout of the JSON array is read, as a stream: one record and one chunk of the file are in memory. `line_of` gives a
record the layout of chatsite again. Its checksum holds then, unless a value was changed.
"""

import codecs
import json
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from chat.storage.json_files.blanking import is_without_words, with_its_blanks
from chat.storage.json_files.lines import BOM, BadRecord, ReadAt, crc_holds, encode_line
from chat.storage.records import Record

CHUNK = 2**18  # bytes read at a time
MAX_ELEMENT = 2**22  # characters of one value: a record has less than a quarter of them, and a layout adds some
HEAD = 2**16  # bytes that tell whether a file is a room's
SPACES = " \t\r\n"

_json = json.JSONDecoder()


class Element(NamedTuple):
    """A value of the array: the number of the line on which it starts, and its text."""

    line: int
    text: bytes


class BadLayout(BadRecord):
    """Not a JSON array of objects. `line` is where it stops to be one."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def begins_with_room(read: ReadAt) -> bool:
    """Whether the first value of the array is the record of a room, in whatever layout."""
    try:
        first = next(elements(lambda length, offset: read(min(length, max(0, HEAD - offset)), offset)), None)
        return first is not None and msgspec.json.decode(first.text, type=Record).type == "room"
    except (BadRecord, msgspec.MsgspecError, UnicodeError, RecursionError):
        return False


def elements(read: ReadAt) -> Iterator[Element]:
    """Every value of the array. A comma behind the last one, or no closing bracket, is accepted. Raises `BadLayout`."""
    text = _Text(read)
    if text.next_character() != "[":
        raise BadLayout(text.line, "the file does not begin with [")
    text.skip(1)
    while text.next_character() not in {"]", ""}:
        yield text.value()
        if text.next_character() == ",":
            text.skip(1)
        elif text.next_character() not in {"]", ""}:
            raise BadLayout(text.line, "a comma is missing in front of this record")
    text.skip(1)
    if text.next_character():
        raise BadLayout(text.line, "something stands behind the closing bracket")


def laid_out(read: ReadAt) -> Iterator[Element]:
    """The same, each on one line as chatsite writes it. Raises `BadLayout`."""
    for element in elements(read):
        try:
            yield Element(element.line, line_of(element.text))
        except BadRecord as error:
            raise BadLayout(element.line, error.reason) from None


def line_of(text: bytes) -> bytes:
    """A record on one line, as chatsite writes it. Values stay as they are. Raises `BadRecord`."""
    if crc_holds(text):
        return text
    try:
        compact = msgspec.json.format(text, indent=-1)
        candidates = [compact, *_as_written(compact)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadRecord(f"not a record of chatsite ({error})") from None
    return next((line for line in candidates if crc_holds(line)), compact)


def _as_written(compact: bytes) -> Iterator[bytes]:
    """The lines that chatsite may have written: without escapes, with its own members in its own order."""
    yield msgspec.json.encode(msgspec.json.decode(compact))
    record = msgspec.json.decode(compact, type=Record)
    if record.crc is not None and is_without_words(record) and (padded := with_its_blanks(record)) is not None:
        yield padded
    line = encode_line(record)
    if record.crc is not None and line.endswith(f'"{record.crc}"}}'.encode()):
        yield line


class _Text:
    """The characters of a file, from the place that was read last."""

    def __init__(self, read: ReadAt) -> None:
        self.line = 1
        self._read = read
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._offset = 0
        self._at_end = False
        self._text = ""
        self._place = 0
        self._fill()
        self._text = self._text.removeprefix(BOM.decode())

    def _fill(self) -> bool:
        """Read another chunk; False at the end."""
        chunk = b"" if self._at_end else self._read(CHUNK, self._offset)
        self._offset += len(chunk)
        self._at_end = not chunk
        self._text = self._text[self._place :] + self._decode(chunk, final=self._at_end)
        self._place = 0
        return not self._at_end

    def next_character(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            for place in range(self._place, len(self._text)):
                if self._text[place] not in SPACES:
                    self.skip(place - self._place)
                    return self._text[place]
            self.skip(len(self._text) - self._place)
            if not self._fill():
                return ""

    def skip(self, count: int) -> None:
        """Go on behind so many characters."""
        self.line += self._text.count("\n", self._place, self._place + count)
        self._place += count

    def value(self) -> Element:
        """The value that starts here."""
        while True:
            try:
                _, stop = _json.raw_decode(self._text, self._place)
                break
            except (ValueError, RecursionError) as error:
                if len(self._text) - self._place > MAX_ELEMENT or not self._fill():
                    raise BadLayout(self.line, f"not a whole JSON object ({error})") from None
        found = Element(self.line, self._text[self._place : stop].encode("utf-8", "surrogateescape"))
        self.skip(stop - self._place)
        return found
