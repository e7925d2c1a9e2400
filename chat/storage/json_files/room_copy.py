"""Copies of rooms' files, as `import_history` reads them. The file can be of any installation, whatever its backend."""

import re
from collections.abc import Iterator
from functools import partial
from typing import IO

from chat.storage import RoomDamaged
from chat.storage.json_files.lines import record_bytes
from chat.storage.json_files.scan import scan
from chat.text.names import is_room_slug

_file_name = re.compile(r"([a-z0-9-]+)\.json(?:\.|$)")  # lobby.json, lobby.json.gz, lobby.json.backup-...


def is_room_copy(first_line: bytes) -> bool:
    """Whether a file that begins with this line may be a copy of a room's file."""
    return first_line.startswith(b"[")


def room_in_name(file_name: str) -> str | None:
    """The room of a copy, which only its name tells."""
    match = _file_name.match(file_name)
    return match[1] if match and is_room_slug(match[1]) else None


def records_of_copy(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Where each record stands ("line 2"), and its JSON object. A torn tail is skipped. Raises `RoomDamaged`."""
    found = scan(partial(_read, file))
    if found.damage is not None:
        raise RoomDamaged("", found.damage)
    for number, offset in enumerate(found.index.offsets, 2):
        file.seek(offset)
        end = max(0, found.end - offset)
        yield f"line {number}", record_bytes(file.readline(end))


def _read(file: IO[bytes], length: int, offset: int) -> bytes:
    file.seek(offset)
    return file.read(length)
