"""Files that appear complete or not at all: the new file of a room, the copy of a torn tail, a cache."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from chat.storage.json_files.disk import Disk

PART_BYTES = 2**18  # of a new file, written at a time
TORN = ".torn-"  # between the name of a room's file and the time, in the name of a tail that was cut off


def draft_path(path: Path) -> Path:
    """The new version of a file while it is written; a crash may leave it behind."""
    return path.with_name(f".{path.stem}.new")


def replace_file(disk: Disk, path: Path, parts: Iterable[bytes]) -> None:
    """Put a new file in the place of `path`. The caller syncs the folder. Raises OSError, and the old file stays."""
    draft = draft_path(path)
    _write(disk, draft, parts, os.O_TRUNC)
    disk.rename(draft, path)


def save_torn_tail(disk: Disk, path: Path, tail: bytes) -> Path:
    """Keep what is about to be cut off a file, durably; returns the path of the copy. Raises OSError."""
    copy = path.with_name(f"{path.name}{TORN}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    _write(disk, copy, [tail], os.O_EXCL)
    with _removed_on_failure(disk, copy):
        disk.sync_folder(copy.parent)
    return copy


def joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger parts: each is one write."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= PART_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def write_unsynced(disk: Disk, path: Path, parts: Iterable[bytes]) -> None:
    """Write a file that is worth no sync: after a crash of the machine it may hold anything. Raises OSError."""
    _write(disk, path, parts, os.O_TRUNC, is_synced=False)


def _write(disk: Disk, path: Path, parts: Iterable[bytes], create_flag: int, *, is_synced: bool = True) -> None:
    fd = disk.open(path, os.O_WRONLY | os.O_CREAT | create_flag)
    try:
        with _removed_on_failure(disk, path):
            offset = 0
            for part in parts:
                disk.write(fd, part, offset)
                offset += len(part)
            if is_synced:
                disk.sync(fd)
    finally:
        disk.close(fd)


@contextlib.contextmanager
def _removed_on_failure(disk: Disk, path: Path) -> Iterator[None]:
    """An incomplete file is of no use, and a full disk needs the space."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            disk.remove(path)
        raise
