"""Takes the words of deleted messages out of every other file of chatsite's own making in the folder.

That are the stored texts of the search, a new version of the room's file that a crash has left behind, and the tails
that were cut off after a crash: they may have a message that its sender then sent again.
"""

import contextlib
import os
import re
from collections.abc import Collection
from functools import partial
from pathlib import Path

import msgspec

from chat.storage.json_files.atomic_write import draft_path
from chat.storage.json_files.companions import torn_tails
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.lines import WHITESPACE, BadRecord, decode_line, record_bytes
from chat.storage.json_files.search_lines import search_paths, take_out
from chat.storage.json_files.tail import possible_starts
from chat.storage.records import Record

SHARED_BYTES = 8  # a fragment of a message with so many bytes of a text in a row holds a part of it

_encode = msgspec.json.encode
_author = re.compile(rb'"author":("(?:[^"\\]|\\.)*")')


def remove_from_companions(disk: Disk, room_path: Path, records: Collection[Record]) -> None:
    """Before the words of these messages and edits leave the room's file: remove them beside it. Raises OSError.

    Only while the room's file has the words is it known that there is work to do. So they leave that last.
    """
    names = set(disk.entries(room_path.parent))
    if names.intersection(path.name for path in search_paths(room_path)):
        take_out(disk, room_path, [record.id for record in records])
    if (draft := draft_path(room_path)).name in names:
        with contextlib.suppress(FileNotFoundError):
            disk.remove(draft)
    for path in torn_tails(room_path, names):
        _scrub(disk, path, records)
    disk.sync_folder(room_path.parent)  # a dead process may have removed a name, too


def _scrub(disk: Disk, path: Path, records: Collection[Record]) -> None:
    """Blank every line of a torn tail that has a part of these."""
    try:
        fd = disk.open(path, os.O_RDWR)
    except FileNotFoundError:
        return  # its owner may delete it at any time
    try:
        before = disk.read(fd, disk.stat_open(fd).st_size, 0)
        after = b"\n".join(b" " * len(line) if _holds_any(line, records) else line for line in before.split(b"\n"))
        disk.write(fd, after, 0)  # also if nothing changes: the sync of what a dead process has written may be missing
        disk.sync(fd)
    finally:
        disk.close(fd)


def _holds_any(line: bytes, records: Collection[Record]) -> bool:
    whole = _whole_record(line)
    return any(map(partial(_is_same, whole) if whole else partial(_has_part, line), records))


def _whole_record(line: bytes) -> Record | None:
    for text in [*(line[start:] for start in possible_starts(line)), b"{" + line]:
        with contextlib.suppress(BadRecord):
            return decode_line(record_bytes(text.strip(WHITESPACE)))
    return None


def _is_same(found: Record, record: Record) -> bool:
    """Whether a whole record is an earlier try to store another one."""
    if found.author != record.author:
        return False
    is_repeat = found.client_id is not None and found.client_id == record.client_id
    return is_repeat or (found.message is not None and found.message == record.message)


def _has_part(line: bytes, record: Record) -> bool:
    """Whether a fragment may be one of a record: of its author, and with its client_id or a part of its text."""
    author = _author.search(line)
    if author is not None and author[1] != _encode(record.author):
        return False
    if record.client_id is not None and b'"client_id":' + _encode(record.client_id) in line:
        return True
    return record.message is not None and _shares_text(line, _encode(record.message)[1:-1])


def _shares_text(line: bytes, text: bytes) -> bool:
    """Whether the text of a fragment begins like another one, or has a part of it."""
    _, opening, begun = line.rpartition(b'"message":"')
    if opening and begun and (text.startswith(begun) or begun.startswith(text)):
        return True
    parts = {line[start : start + SHARED_BYTES] for start in range(len(line) - SHARED_BYTES + 1)}
    return any(text[start : start + SHARED_BYTES] in parts for start in range(len(text) - SHARED_BYTES + 1))
