"""What the disk refuses, as the error of the storage interface."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from chat.storage import StorageUnavailable


@contextlib.contextmanager
def disk_errors(room: str | None, path: Path) -> Iterator[None]:
    """Raise `StorageUnavailable` in the place of OSError."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(room, error.strerror or str(error), path) from error
