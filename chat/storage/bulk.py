"""Many records at once: the fast way through the part of a file that is as chatsite wrote it.

Twice as fast as one by one. Whatever is unusual about a stretch of lines, the answer is None, and the scan goes through
it line by line.
"""

from itertools import accumulate
from operator import lt
from typing import NamedTuple

import msgspec

from chat.storage.records import BadRecord, Id, Record, crc_holds, decode_line

SEPARATOR = b",\n"


class Head(msgspec.Struct, frozen=True, gc=False):
    """What the index keeps of a record, and what every record has."""

    id: Id
    type: str
    timestamp: str
    author: str | None = None
    client_id: str | None = None


class Stretch(NamedTuple):
    """Whole records that follow each other: what they are, where they begin, and all of the last one."""

    heads: list[Head]
    places: list[int]
    last: Record
    length: int  # bytes, with the separator behind the last


_decoder = msgspec.json.Decoder(list[Head])


def whole_stretch(chunk: bytes) -> Stretch | None:
    """The records of a piece of a file that begins with one; None if there is anything else in it."""
    body = chunk[: max(0, chunk.rfind(SEPARATOR))]
    lines = body.split(SEPARATOR)
    if not all(map(crc_holds, lines)):
        return None
    try:
        heads, last = _decoder.decode(b"[%b]" % body), decode_line(lines[-1])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, BadRecord):
        return None
    ids = [head.id for head in heads]
    if len(heads) != len(lines) or not all(map(lt, ids, ids[1:])):
        return None
    places = accumulate([len(line) + len(SEPARATOR) for line in lines[:-1]], initial=0)
    return Stretch(heads, list(places), last, len(body) + len(SEPARATOR))
