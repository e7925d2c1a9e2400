"""The fast path of a scan, and of reading: parses many lines at a time that are all as chatsite writes them.

It is four times as fast as line by line, because it calls no Python function per line. If anything in a chunk is
unusual the result is None, and the scan reads that chunk line by line.
"""

import struct
from collections.abc import Sequence
from io import BytesIO
from itertools import repeat
from operator import itemgetter, lt
from typing import ClassVar, Literal, NamedTuple
from zlib import crc32

import msgspec

from chat.storage.json_files.kinds import kinds_of
from chat.storage.json_files.lines import CRC_LENGTH, CRC_MEMBER, BadRecord, decode_line
from chat.storage.records import Id, Record

SEPARATOR = b",\n"
ENDING_LENGTH = CRC_LENGTH + len(SEPARATOR)  # bytes at the end of every line: its crc and the separator
BETWEEN_CRCS = (b'"}' + SEPARATOR + CRC_MEMBER).decode()  # in the endings of all lines, joined


class RecordKey(msgspec.Struct, frozen=True, gc=False):
    """The fields of a record that the index needs. Its crc vouches for the others."""

    id: Id
    type: str
    author: str | None = None
    client_id: str | None = None
    target: int | None = None


class MessageKey(msgspec.Struct, frozen=True, gc=False):
    """The same of a message. The decoder creates no object for its type."""

    id: Id
    type: Literal["message"]
    author: str | None = None
    client_id: str | None = None
    target: ClassVar[None] = None


class _KnownKey(msgspec.Struct, frozen=True, gc=False):
    """The same of a record of a known type."""

    id: Id
    type: Literal["message", "edit", "delete", "reaction", "topic", "room_name", "clear"]
    author: str | None = None
    client_id: str | None = None
    target: int | None = None


Key = RecordKey | MessageKey | _KnownKey


class ParsedChunk(NamedTuple):
    """Complete records that follow each other: their keys, ids and kinds, the lengths of their lines with separator."""

    keys: Sequence[Key]
    ids: list[int]
    kinds: bytes
    lengths: list[int]
    last: Record


_message_decoder = msgspec.json.Decoder(list[MessageKey])  # most chunks hold messages only
_known_decoder = msgspec.json.Decoder(list[_KnownKey])
_decoder = msgspec.json.Decoder(list[RecordKey])
_record_decoder = msgspec.json.Decoder(list[Record])
_body, _ending = itemgetter(slice(None, -ENDING_LENGTH)), itemgetter(slice(-ENDING_LENGTH, None))


def parse_chunk(chunk: bytes, *, messages_only: bool = True) -> ParsedChunk | None:
    """The records of a chunk that starts at the start of one; None if there is anything else in it.

    Faster if it is guessed right whether these are `messages_only`.
    """
    lines = BytesIO(chunk).readlines()
    while lines and not lines[-1].endswith(SEPARATOR):
        lines.pop()  # cut off by the end of the chunk, or the end of the file
    bodies = list(map(_body, lines))
    if not lines or b"".join(map(_ending, lines)) != _expected_endings(bodies):
        return None
    try:
        keys, kinds = _keys_and_kinds(b"[%b}]" % b"},".join(bodies), messages_only=messages_only)
        last = decode_line(lines[-1][: -len(SEPARATOR)])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, BadRecord):
        return None
    ids = [key.id for key in keys]
    if len(keys) != len(lines) or not all(map(lt, ids, ids[1:])):
        return None
    return ParsedChunk(keys, ids, kinds, list(map(len, lines)), last)


def _keys_and_kinds(records: bytes, *, messages_only: bool) -> tuple[Sequence[Key], bytes]:
    """Of a JSON array of records. Raises `msgspec.DecodeError`, UnicodeDecodeError."""
    keys: Sequence[Key]
    try:
        keys = (_message_decoder if messages_only else _known_decoder).decode(records)
    except msgspec.ValidationError:
        keys = _decoder.decode(records)
    return keys, bytes(len(keys)) if type(keys[0]) is MessageKey else kinds_of(keys)


def parse_records(texts: Sequence[bytes]) -> list[Record] | None:
    """The records of these lines with separators, which the last one may lack, as the last one of a file does.

    None if any of them is not as chatsite writes it.
    """
    lines = [*texts[:-1], texts[-1].removesuffix(SEPARATOR) + SEPARATOR]
    if b"".join(map(_ending, lines)) != _expected_endings(list(map(_body, lines))):
        return None
    try:
        records = _record_decoder.decode(b"[%b]" % b"".join(lines)[: -len(SEPARATOR)])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return records if len(records) == len(lines) else None


def _expected_endings(bodies: Sequence[bytes]) -> bytes:
    """The joined endings of lines with these bodies (a line without its crc and closing brace)."""
    crcs = map(crc32, repeat(b"}"), map(crc32, bodies))
    digits = struct.pack(f">{len(bodies)}I", *crcs).hex("-", 4)  # all crcs at once: 8 digits each, with - between them
    return CRC_MEMBER + digits.replace("-", BETWEEN_CRCS).encode() + b'"}' + SEPARATOR
