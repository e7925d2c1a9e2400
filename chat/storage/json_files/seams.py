"""Seams: three bytes of a file that are older than those around them.

An append overwrites the trailer `\\n]\\n` with `,\\n{`, and the rest of the batch follows. A backup tool that reads
meanwhile may copy the old bytes and the new rest, so that the copy has `\\n]\\n"id":7,...` where the file has
`,\\n{"id":7,...`. A crash may leave the same. The checksum of the record proves which bytes belong there.
"""

import re
from collections.abc import Collection

from chat.storage.json_files.lines import BadRecord, ReadAt, decode_line, line_at, record_bytes
from chat.storage.records import Record

BEFORE, AFTER = b"\n]\n", b",\n{"  # an append
SEAM_BYTES = len(AFTER)
CHUNK = 2**20  # bytes searched at a time

_candidate = re.compile(rb'\}([,\n][\n\]][\n{])(?="id":)')
_CANDIDATE_BYTES = len(b"}") + SEAM_BYTES + len(b'"id":')


def is_seam(found: bytes) -> bool:
    """Whether three bytes behind a record are a mixture of old and new ones; not if all are new, as they should be."""
    return (
        len(found) == SEAM_BYTES
        and found != AFTER
        and all(byte in pair for byte, *pair in zip(found, BEFORE, AFTER, strict=True))
    )


def is_proven_seam(read: ReadAt, offset: int) -> bool:
    """Whether a seam starts at an offset, and the checksum of the record behind it proves that nothing is missing."""
    record = record_at_seam(read, offset) if is_seam(read(SEAM_BYTES, offset)) else None
    return record is not None and record.crc is not None and record.batch == record.id


def record_at_seam(read: ReadAt, offset: int) -> Record | None:
    """The record behind a seam at an offset, if it is intact but for its first byte."""
    try:
        return decode_line(record_bytes(b"{" + line_at(read, offset + SEAM_BYTES)))
    except BadRecord:
        return None


def seams(read: ReadAt, start: int = 0) -> list[int]:
    """The offset of every proven seam of a file from an offset on."""
    found: list[int] = []
    position = start
    while chunk := read(CHUNK, position):
        candidates = [position + match.start(1) for match in _candidate.finditer(chunk)]
        found += [offset for offset in candidates if offset not in found[-1:] and is_proven_seam(read, offset)]
        position += max(1, len(chunk) - _CANDIDATE_BYTES)  # a seam may lie across two chunks
        if len(chunk) < CHUNK:
            break
    return found


def without_seams(read: ReadAt, offsets: Collection[int]) -> ReadAt:
    """Reads the same file with the bytes that belong at these offsets."""

    def corrected(length: int, offset: int) -> bytes:
        data = read(length, offset)
        for seam in offsets:
            start, stop = max(seam, offset), min(seam + SEAM_BYTES, offset + len(data))
            if start < stop:
                data = data[: start - offset] + AFTER[start - seam : stop - seam] + data[stop - offset :]
        return data

    return corrected if offsets else read
