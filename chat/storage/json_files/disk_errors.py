"""What the disk refuses, as the error of the storage interface."""

import contextlib
import errno
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from chat.storage import RoomUnusable, StorageForbidden, StorageUnavailable

NOT_REGULAR = "not a regular file (a symbolic link is not followed: put the file itself in its place)"
FORBIDDEN = {errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def disk_errors(room: str | None, path: Path) -> Iterator[None]:
    """Raise a `StorageError` in the place of OSError."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP and room is not None:
            raise RoomUnusable(room, NOT_REGULAR, path) from error
        if error.errno in FORBIDDEN:
            raise StorageForbidden(room, _forbidden(Path(error.filename or path)), path) from error
        raise StorageUnavailable(room, error.strerror or str(error), path) from error


def _forbidden(path: Path) -> str:
    """Whose file it is, as whom the server runs, and the command that gives it the file."""
    us = user_name(os.geteuid())
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError:
        return f"the folder {path.parent} cannot be entered by {us}, as whom chatsite runs"
    owner, mode = user_name(status.st_uid), stat.S_IMODE(status.st_mode)
    said = f"{path.name} belongs to {owner} with mode {mode:04o}, and chatsite runs as {us}"
    if status.st_uid != os.geteuid():
        return f"{said}: `chown {us} {path.name}`"
    kind = "700" if stat.S_ISDIR(status.st_mode) else "600"
    return f"{said}: `chmod {kind} {path.name}`"


def user_name(uid: int) -> str:
    """The name of a user; the number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
