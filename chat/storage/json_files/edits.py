"""Lines that somebody edited, and whose checksum is still that of the text before.

The old checksum tells which line it was: if a copy of the file lies beside it (a backup, the editor's own), the text
before the edit is found there.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from chat.storage import Edit
from chat.storage.json_files.lines import (
    WHITESPACE,
    BadRecord,
    ReadAt,
    crc_holds,
    decode_line,
    has_crc,
    lines_from,
    record_bytes,
)

_crc_member = re.compile(rb',\s*"crc"\s*:\s*"([0-9a-f]{8})"')  # an unescaped quote: never a part of a text


def find_edits(read: ReadAt, copies: Iterable[Path] = ()) -> list[Edit]:
    """Every edited line of a file, and what it was before if one of the copies has it. Raises OSError."""
    found = {number: body for number, body in _edited_lines(read)}
    before = _lines_with({_crc_of(body) for body in found.values()}, copies) if found else {}
    return [Edit(f"line {number}", before.get(_crc_of(body)), _shown(body)) for number, body in found.items()]


def accepted(read: ReadAt, shown: Collection[str]) -> Iterator[bytes]:
    """The file in parts, without the checksums of the lines with these texts."""
    ending = b""
    for text, _ in lines_from(read, 0):
        body = record_bytes(text)
        is_accepted = _is_edited(body) and _shown(body) in shown
        yield ending + (text.replace(body, without_crc(body), 1) if is_accepted else text)
        ending = b"\n"


def without_crc(body: bytes) -> bytes:
    """A record without its checksum."""
    return _crc_member.sub(b"", body)


def _edited_lines(read: ReadAt) -> Iterator[tuple[int, bytes]]:
    for number, (text, _) in enumerate(lines_from(read, 0), 1):
        body = record_bytes(text)
        if _is_edited(body):
            yield number, body


def _is_edited(body: bytes) -> bool:
    """Whether a line is a record with a checksum that does not hold."""
    if crc_holds(body) or not _crc_member.search(body):
        return False
    try:
        decode_line(without_crc(body))
    except BadRecord:
        return False
    return True


def _crc_of(body: bytes) -> bytes:
    match = _crc_member.search(body)
    return match[1] if match else b""


def _lines_with(crcs: Collection[bytes], copies: Iterable[Path]) -> dict[bytes, str]:
    """The intact lines of the copies that have one of these checksums."""
    found: dict[bytes, str] = {}
    for copy in copies:
        with copy.open("rb") as file:
            for text in file:
                body = record_bytes(text.strip(WHITESPACE))
                if has_crc(body) and _crc_of(body) in crcs and crc_holds(body):
                    found[_crc_of(body)] = _shown(body)
    return found


def _shown(body: bytes) -> str:
    return without_crc(body).decode(errors="replace")
