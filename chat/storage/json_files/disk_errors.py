"""What the disk refuses, as the error of the storage interface."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from chat.storage import StorageFull, StorageUnavailable


@contextlib.contextmanager
def disk_errors(room: str | None, path: Path) -> Iterator[None]:
    """Raise `StorageUnavailable` in the place of OSError."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(room, error.strerror or str(error), path) from error


@contextlib.contextmanager
def write_errors(room: str, path: Path) -> Iterator[None]:
    """The same, and `StorageFull` for a file that cannot grow: its file system, or `ulimit -f`, allows no more."""
    try:
        with disk_errors(room, path):
            yield
    except StorageUnavailable as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EFBIG:
            raise StorageFull(room, "this system allows no larger file", path) from error
        raise
