"""Many records at once: the fast way through the part of a file that is as chatsite wrote it.

Four times as fast as one by one, for nothing here is a call of our own per line. Whatever is unusual about a stretch
of lines, the answer is None, and the scan goes through it line by line.
"""

import struct
from collections.abc import Sequence
from io import BytesIO
from itertools import repeat
from operator import itemgetter, lt
from typing import NamedTuple
from zlib import crc32

import msgspec

from chat.storage.json_files.lines import CRC_LENGTH, CRC_MEMBER, BadRecord, decode_line
from chat.storage.records import Id, Record

SEPARATOR = b",\n"
TAIL = CRC_LENGTH + len(SEPARATOR)  # bytes that every line ends with: its crc, and what stands behind it
BETWEEN = (b'"}' + SEPARATOR + CRC_MEMBER).decode()  # from one crc to the next, were there nothing else in a line


class Head(msgspec.Struct, frozen=True, gc=False):
    """What the index keeps of a record. That the rest of it is there is vouched for by its crc."""

    id: Id
    author: str | None = None
    client_id: str | None = None


class Stretch(NamedTuple):
    """Whole records that follow each other: what they are, how long they are, and all of the last one."""

    heads: list[Head]
    lengths: list[int]  # of the lines, with what separates them
    last: Record


_decoder = msgspec.json.Decoder(list[Head])
_body, _tail = itemgetter(slice(None, -TAIL)), itemgetter(slice(-TAIL, None))


def whole_stretch(chunk: bytes) -> Stretch | None:
    """The records of a piece of a file that begins with one; None if there is anything else in it."""
    lines = BytesIO(chunk).readlines()
    while lines and not lines[-1].endswith(SEPARATOR):
        lines.pop()  # not whole, or the end of the file
    bodies = list(map(_body, lines))
    if not lines or b"".join(map(_tail, lines)) != _tails(bodies):
        return None
    try:
        heads, last = _decoder.decode(b"[%b}]" % b"},".join(bodies)), decode_line(lines[-1][: -len(SEPARATOR)])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, BadRecord):
        return None
    ids = [head.id for head in heads]
    if len(heads) != len(lines) or not all(map(lt, ids, ids[1:])):
        return None
    return Stretch(heads, list(map(len, lines)), last)


def _tails(bodies: Sequence[bytes]) -> bytes:
    """What stands in the file behind these records, each without its crc and its closing brace, one after another."""
    crcs = map(crc32, repeat(b"}"), map(crc32, bodies))
    digits = struct.pack(f">{len(bodies)}I", *crcs).hex("-", 4)
    return CRC_MEMBER + digits.replace("-", BETWEEN).encode() + b'"}' + SEPARATOR
