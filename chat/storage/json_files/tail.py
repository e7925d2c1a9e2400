"""What follows the last good record of a room's file: a torn tail of a crash, or records behind damage."""

import json
from collections.abc import Iterator

from chat.storage.json_files.lines import WHITESPACE, BadRecord, ReadAt, decode_line, lines_from, record_bytes
from chat.storage.json_files.seams import SEAM_BYTES, is_seam, record_at_seam, seams
from chat.storage.records import Record

CHUNK = 2**16  # bytes read at a time
SECTOR = 512  # bytes that a disk writes whole or not at all; larger sectors are multiples of it
MIN_BYTES_OF_NO_TEXT = 16  # in a sector that was never written, in contrast to a text with a few bad bytes
CONTROL_BYTES = bytes(byte for byte in [*range(32), 127] if byte not in b"\t\r\n")


def is_torn(read: ReadAt, end: int, last: Record) -> bool:
    """Whether a crash can have left what stands behind `last`, the last good record, which ends at `end`."""
    return (
        all(_is_of_last_batch(record, last) for record, _ in records_behind(read, end))
        and (_is_cut_short(read, end) or _has_seam(read, end, last) or _has_hole(read, end))
        and not seams(read, end + 1)  # a later batch
        and not _is_json_to_its_end(read, end)
    )


def _is_of_last_batch(record: Record | None, last: Record) -> bool:
    """Whether a record behind the bad line can be part of a torn tail: intact, and of the batch written last."""
    return record is not None and record.batch is not None and record.batch in {last.batch, last.id + 1}


def _is_cut_short(read: ReadAt, end: int) -> bool:
    """Whether the write did not reach its end: a line of text, and the closing bracket. Or no record follows."""
    stripped = (text.strip(WHITESPACE) for text, _ in lines_from(read, end))
    lines = [text for text in stripped if text]
    return not any(b'"' in text for text in lines) or lines[-1] != b"]" or _bytes_of_no_text(lines[-2]) > 0


def _has_seam(read: ReadAt, end: int, last: Record) -> bool:
    """Whether the sector with the first bytes of the last batch is missing, so that they still are the trailer's.

    Anywhere else such bytes are an edit.
    """
    if not is_seam(read(SEAM_BYTES, end)):
        return False
    first = record_at_seam(read, end)
    batches = {record.batch for record, _ in records_behind(read, end) if record is not None}
    return batches <= {last.id + 1} and (first is None or first.batch == last.id + 1)


def _has_hole(read: ReadAt, end: int) -> bool:
    """Whether any other sector of the last batch is missing."""
    position = -(-end // SECTOR) * SECTOR
    while chunk := read(CHUNK, position):
        sectors = (chunk[start : start + SECTOR] for start in range(0, len(chunk), SECTOR))
        if any(_bytes_of_no_text(sector) >= MIN_BYTES_OF_NO_TEXT for sector in sectors):
            return True
        position += len(chunk)
    return False


def _bytes_of_no_text(data: bytes) -> int:
    """How many bytes are control characters, or not UTF-8."""
    return len(data) - len(data.decode(errors="ignore").encode().translate(None, CONTROL_BYTES))


def _is_json_to_its_end(read: ReadAt, end: int) -> bool:
    """Whether the whole file is valid JSON: then nothing is missing, and an editor changed the layout."""
    behind = b"\n".join(text for text, _ in lines_from(read, end))
    try:
        return bool(json.loads(b"[0" + behind))
    except (ValueError, RecursionError):
        return False


def records_behind(read: ReadAt, end: int) -> Iterator[tuple[Record | None, int]]:
    """Records behind an offset, wherever on a line they start, and their offsets; None for JSON that was altered."""
    for text, offset in lines_from(read, end):
        for start in possible_starts(text):
            try:
                yield decode_line(record_bytes(text[start:])), offset + start
                break
            except BadRecord as error:
                if error.is_json:
                    yield None, offset + start


def deleted_behind(read: ReadAt, offset: int) -> set[int]:
    """The ids of the messages that intact records behind an offset delete."""
    records = (record for record, _ in records_behind(read, offset) if record is not None)
    return {record.target for record in records if record.type == "delete" and record.target is not None}


def possible_starts(text: bytes) -> list[int]:
    """Where a record may start on a line: at its first brace, or at the last one of `...torn{"id":7,...}`."""
    return sorted({text.find(b"{"), text.rfind(b'{"')} - {-1})
