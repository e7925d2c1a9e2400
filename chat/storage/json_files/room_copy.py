"""Copies of rooms' files, as `import_history` reads them. The file can be of any installation, whatever its backend.

Whatever a tool can do to a copy without losing a record is read: a copy that was made while somebody wrote, a layout
of another program, and the fragment that was cut off after a crash.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

from chat.storage import Damage, RoomDamaged
from chat.storage.json_files.layout import BadLayout, laid_out
from chat.storage.json_files.lines import (
    BOM,
    BadRecord,
    ReadAt,
    decode_line,
    lines_from,
    record_bytes,
    records_at,
    with_lines,
)
from chat.storage.json_files.scan import HARMLESS_TAIL, Scan, check_order, scan
from chat.storage.json_files.seams import seams, without_seams
from chat.storage.json_files.tail import possible_starts
from chat.text.names import is_room_slug

MAX_TAIL = 2**16  # bytes that are looked at to tell whether a tail is harmless
OnNote = Callable[[str], None]  # gets what the owner should know besides damage

_file_name = re.compile(r"([a-z0-9-]+)\.json(?:\.|$)")  # lobby.json, lobby.json.gz, lobby.json.backup-...


def is_room_copy(head: bytes) -> bool:
    """Whether a file that begins with these bytes may be a copy of a room's file, or a fragment of one."""
    text = head.removeprefix(BOM).lstrip()
    return text.startswith(b"[") or _is_fragment(text)


def _is_fragment(text: bytes) -> bool:
    """A torn tail begins with the comma or the bracket behind a record, or in the middle of one."""
    return text.startswith((b",", b"]", b'"id":')) or (not text.startswith((b"{", b"[")) and b'"crc":"' in text)


def room_in_name(file_name: str) -> str | None:
    """The room of a copy, which only its name tells."""
    match = _file_name.match(file_name)
    return match[1] if match and is_room_slug(match[1]) else None


def records_of_copy(file: IO[bytes], on_note: OnNote) -> Iterator[tuple[str, bytes]]:
    """Where each record stands ("line 2"), and its JSON object. A torn tail is skipped. Raises `RoomDamaged`."""
    read: ReadAt = partial(_read, file)
    if _is_fragment(read(MAX_TAIL, 0).removeprefix(BOM).lstrip()):
        return _records_of_fragment(read, on_note)
    offsets = seams(read)
    if offsets:
        on_note(f"it was copied while somebody wrote ({len(offsets)} places); nothing is missing there")
    read = without_seams(read, offsets)
    found = scan(read)
    if found.damage is not None:
        return _records_in_any_layout(read, found, on_note)
    return _records_in_order(with_lines(read, found.half_blanked), found, on_note)


def _records_in_order(read: ReadAt, found: Scan, on_note: OnNote) -> Iterator[tuple[str, bytes]]:
    tail = b"" if found.clean_end else read(MAX_TAIL, found.end)
    if tail.strip(HARMLESS_TAIL):
        on_note(
            "its torn tail was skipped (copied while somebody wrote, or after a crash); nothing is missing before it"
        )
    for number, record in enumerate(records_at(read, found.index.offsets, found.end), 2):
        yield f"line {number}", record


def _records_in_any_layout(read: ReadAt, found: Scan, on_note: OnNote) -> Iterator[tuple[str, bytes]]:
    """The records of a file that a tool laid out anew. If it was not, the scan knows best what is wrong."""
    assert found.damage is not None, "the caller checks it"
    line, previous_id = 0, None
    try:
        for line, body in laid_out(read):
            record = decode_line(body)
            check_order(record, previous_id)
            previous_id = record.id
            yield f"line {line}", body
    except BadRecord as error:
        line = error.line if isinstance(error, BadLayout) else line
        damage = Damage(f"line {line}", error.reason) if found.damage.mendable else found.damage
        raise RoomDamaged("", damage) from None
    on_note("it was laid out anew by a tool")


def _records_of_fragment(read: ReadAt, on_note: OnNote) -> Iterator[tuple[str, bytes]]:
    """Every whole record of a torn tail."""
    skipped = found = 0
    for number, (text, _) in enumerate(lines_from(read, 0), 1):
        record = _record_in(text)
        if record is not None:
            found += 1
            yield f"line {number}", record
        skipped += len(text.strip(b"[" + HARMLESS_TAIL)) if record is None else 0
    if not found:
        raise RoomDamaged("", Damage("line 1", "nothing in this torn tail is a whole record"))
    on_note(f"it is a torn tail: {skipped} bytes of it are no whole record, and were skipped")


def _record_in(text: bytes) -> bytes | None:
    """The whole record on a line; the brace in front of the first one may be missing."""
    for candidate in [*(text[start:] for start in possible_starts(text)), b"{" + text]:
        try:
            decode_line(record_bytes(candidate))
            return record_bytes(candidate)
        except BadRecord:
            continue
    return None


def _read(file: IO[bytes], length: int, offset: int) -> bytes:
    file.seek(offset)
    return file.read(length)
