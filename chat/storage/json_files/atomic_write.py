"""Files that come into being whole: a room's new file, and the torn tail that is kept beside it."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from chat.storage.json_files.disk import Disk


def replace_file(disk: Disk, path: Path, parts: Iterable[bytes]) -> None:
    """Put a new file under this name; the folder is still to be synced. Raises OSError, and then the old one stands."""
    draft = path.with_name(f".{path.stem}.new")
    _write(disk, draft, parts, os.O_TRUNC)
    disk.rename(draft, path)


def keep_torn(disk: Disk, path: Path, torn: bytes) -> Path:
    """Keep what is cut from the end of a file; returns where. Raises OSError."""
    kept = path.with_name(f"{path.name}.torn-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    _write(disk, kept, [torn], os.O_EXCL)
    with _removed_on_failure(disk, kept):
        disk.sync_folder(kept.parent)
    return kept


def _write(disk: Disk, path: Path, parts: Iterable[bytes], how: int) -> None:
    fd = disk.open(path, os.O_WRONLY | os.O_CREAT | how)
    try:
        with _removed_on_failure(disk, path):
            offset = 0
            for part in parts:
                disk.write(fd, part, offset)
                offset += len(part)
            disk.sync(fd)
    finally:
        disk.close(fd)


@contextlib.contextmanager
def _removed_on_failure(disk: Disk, path: Path) -> Iterator[None]:
    """Half a file is no use, and a full disk needs the room."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            disk.remove(path)
        raise
