"""Repairs of a room's file that change no value: another layout, and the checksums of edited lines.

Both hold the room's lock, keep a copy of the file as it was, and put a complete new file in its place. A server that
runs notices that, and goes on with the new file.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from chat.storage import Damage, Edit, RoomDamaged
from chat.storage.json_files.atomic_write import joined
from chat.storage.json_files.backup import copy_whole
from chat.storage.json_files.companions import without_derived_files
from chat.storage.json_files.disk import COPY_BYTES, Disk
from chat.storage.json_files.edits import accepted, find_edits
from chat.storage.json_files.fast_parse import SEPARATOR
from chat.storage.json_files.layout import BadLayout, laid_out
from chat.storage.json_files.lines import ReadAt
from chat.storage.json_files.room_file import RoomFile
from chat.storage.json_files.scan import HEADER, TRAILER, scan
from chat.storage.json_files.seams import seams, without_seams

Repair = Callable[[ReadAt], Iterable[bytes] | None]  # the new file in parts; None: there is nothing to do


def repair_layout(disk: Disk, path: Path, backup: Path | None) -> bool:
    """Give a file the layout of chatsite; False if it has it. Without a `backup` it is only checked.

    Raises OSError, and `RoomDamaged` if a record would be lost.
    """
    return _repair(disk, path, backup, lambda read: _laid_out(path.stem, read))


def accept_edits(disk: Disk, path: Path, edits: Collection[Edit], backup: Path) -> bool:
    """Remove the checksums of these lines, if they still are as they were shown. Raises OSError."""
    shown = {edit.after for edit in edits}
    return _repair(disk, path, backup, lambda read: accepted(read, shown) if any(_still(read, shown)) else None)


def _still(read: ReadAt, shown: Collection[str]) -> Iterator[bool]:
    return (edit.after in shown for edit in find_edits(read))


def _repair(disk: Disk, path: Path, backup: Path | None, repair: Repair) -> bool:
    file = RoomFile(path, disk)
    with file.locked(), disk.opened(path) as fd:
        parts = repair(disk.reader(fd))
        if parts is not None and backup is not None:
            copy_whole(disk, fd, backup)
            with without_derived_files(disk, path):
                file.replace(joined(parts))
            file.lock.set_file(file.current_status())  # a server that runs uses it at once
    return parts is not None


def _laid_out(room: str, read: ReadAt) -> Iterable[bytes] | None:
    offsets = seams(read)
    corrected = without_seams(read, offsets)
    damage = scan(corrected).damage
    if damage is None:
        return _copied(corrected) if offsets else None
    try:
        unchanged = _is_content(read, _anew(corrected))
    except BadLayout as error:
        raise RoomDamaged(room, Damage(f"line {error.line}", error.reason) if damage.mendable else damage) from None
    return None if unchanged else _anew(corrected)


def _is_content(read: ReadAt, parts: Iterable[bytes]) -> bool:
    """Whether a file consists of these parts. Looks at all of them: each may raise an error."""
    offset, same = 0, True
    for part in parts:
        same = same and read(len(part), offset) == part
        offset += len(part)
    return same


def _anew(read: ReadAt) -> Iterator[bytes]:
    yield HEADER
    for number, element in enumerate(laid_out(read)):
        yield (SEPARATOR if number else b"") + element.text
    yield TRAILER


def _copied(read: ReadAt) -> Iterator[bytes]:
    offset = 0
    while part := read(COPY_BYTES, offset):
        offset += len(part)
        yield part
