"""The lines of a room's file: a record on each, encoded, decoded and checked.

A record is a JSON object on one line. Its last two members protect it: `batch`, the id of the first record of the same
commit, and `crc`, the CRC-32 (eight hexadecimal digits) of the line's bytes without that member. A line without `crc`
was edited by its owner and is accepted as it is.
"""

import codecs
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from zlib import crc32

import msgspec

from chat.storage.records import MAX_CHOSEN_ID, AnyRecord, Record
from chat.text.json_depth import check_json_depth

FORMAT = 1  # of the file; stands in its first record
BOM = codecs.BOM_UTF8  # some editors put it at the start of a file
CRC_MEMBER = b',"crc":"'
CRC_LENGTH = len(CRC_MEMBER) + 8 + len(b'"}')
WHITESPACE = b" \t\r\n"  # of JSON; Python's strip() removes more
LINE_CHUNK = 2**12  # bytes read at a time of one line: most are shorter
ReadAt = Callable[[int, int], bytes]  # (length, offset) -> bytes of a file
CHECKSUM = "the checksum does not match (if you edited this line: `manage.py verify_history --accept-edits`)"


class BadRecord(ValueError):
    """A line that is no record. `is_json`: it is a whole JSON object nevertheless, so it is not a torn write."""

    def __init__(self, reason: str, *, is_json: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_json = is_json


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


def encode_line(record: Record) -> bytes:
    """The line of a record, with its crc, without comma or newline."""
    return encode_lines([record if record.crc is None else msgspec.structs.replace(record, crc=None)])[0]


def encode_lines(records: Sequence[AnyRecord]) -> list[bytes]:
    """The lines of records that have no crc yet; faster than one by one."""
    lines = _encoder.encode_lines(records).split(b"\n")[:-1]
    return [b'%b,"crc":"%08x"}' % (line[:-1], crc32(line)) for line in lines]


def with_crc(body: bytes) -> bytes:
    """The line of a record of which everything in front of the checksum is given."""
    return b'%b,"crc":"%08x"}' % (body, crc32(b"}", crc32(body)))


def record_bytes(line: bytes) -> bytes:
    """The record on a line, without the comma and the white space around it."""
    return line.strip(WHITESPACE).removesuffix(b",").rstrip(WHITESPACE)


def decode_line(line: bytes) -> Record:
    """The record of a line (no comma, no newline). Raises `BadRecord` with a reason for people."""
    try:
        record = _decoder.decode(line)
    except msgspec.ValidationError as error:
        _check_json(line)  # the decoder stops at the first member of a wrong type
        raise BadRecord(f"not a record of chatsite ({error})", is_json=line.startswith(b"{")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRecord(f"not a whole JSON object on one line ({error})") from None
    if record.crc is None:
        _check_json(line)
        if record.id > MAX_CHOSEN_ID:
            raise BadRecord(f"id {record.id} is greater than {MAX_CHOSEN_ID}", is_json=True)
    elif not crc_holds(line):
        raise BadRecord(CHECKSUM, is_json=True)
    return record


def _check_json(line: bytes) -> None:
    """Without a checksum the members that the decoder skips could be any bytes."""
    try:
        json.loads(line.decode(), parse_int=str)  # Python refuses to convert integers of many digits
        check_json_depth(line)
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"not a whole JSON object on one line ({error})") from None


def is_utf16(start: bytes) -> bool:
    """Whether a file that starts with these bytes is UTF-16."""
    return start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or start[:2] in {b"[\0", b"\0[", b"{\0", b"\0{"}


def has_crc(line: bytes) -> bool:
    """Whether a line ends with a checksum."""
    return line[-CRC_LENGTH:-10] == CRC_MEMBER


def crc_holds(line: bytes) -> bool:
    """Whether a line ends with the checksum of the bytes in front of it."""
    return has_crc(line) and b"%08x" % crc32(b"}", crc32(line[:-CRC_LENGTH])) == line[-10:-2]


def record_at(read: ReadAt, offset: int) -> Record:
    """The record at an offset. Raises `BadRecord`."""
    return decode_line(record_bytes(line_at(read, offset)))


def lines_from(read: ReadAt, offset: int, chunk_bytes: int = 2**16) -> Iterator[tuple[bytes, int]]:
    """Every line from an offset on, without its newline, and its offset; the last line may have had no newline."""
    position = offset
    partial: list[bytes] = []  # the start of a line that goes on in the next chunk
    while chunk := read(chunk_bytes, position):
        position += len(chunk)
        *lines, rest = chunk.split(b"\n")
        if lines:
            lines[0] = b"".join([*partial, lines[0]])
            partial = []
        partial.append(rest)
        for text in lines:
            yield text, offset
            offset += len(text) + 1
    yield b"".join(partial), offset


def records_at(read: ReadAt, offsets: Sequence[int], stop: int) -> Iterator[bytes]:
    """The records at these rising offsets, each with one read; the last one ends in front of `stop`."""
    for start, behind in zip(offsets, chain(offsets[1:], [stop]), strict=False):
        yield record_bytes(read(behind - start, start).split(b"\n", 1)[0])


def with_lines(read: ReadAt, lines: Mapping[int, bytes]) -> ReadAt:
    """Reads the same file with other lines of the same length at these offsets."""

    def changed(length: int, offset: int) -> bytes:
        data = read(length, offset)
        for place, line in lines.items():
            start, stop = max(place, offset), min(place + len(line), offset + len(data))
            if start < stop:
                data = data[: start - offset] + line[start - place : stop - place] + data[stop - offset :]
        return data

    return changed if lines else read


def line_at(read: ReadAt, offset: int) -> bytes:
    """The line at an offset, without its newline."""
    return next(lines_from(read, offset, LINE_CHUNK))[0]
