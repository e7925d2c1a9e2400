"""What the disk refuses, as the error of the storage interface."""

import errno
import os
import pwd
import stat
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from chat.storage import RoomUnusable, StorageError, StorageForbidden, StorageFull, StorageUnavailable

NOT_REGULAR = "not a regular file (a symbolic link is not followed: put the file itself in its place)"
FORBIDDEN = {errno.EACCES, errno.EPERM}


class disk_errors:  # noqa: N801 - reads like the functions of contextlib, and takes a third of their time
    """Within the block: raise a `StorageError` in the place of OSError."""

    def __init__(self, room: str | None, path: Path) -> None:
        self._room = room
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: object) -> None:
        if isinstance(error, OSError):
            raise self._storage_error(error, self._room, self._path) from error

    @staticmethod
    def _storage_error(error: OSError, room: str | None, path: Path) -> StorageError:
        return _storage_error(error, room, path)


class write_errors(disk_errors):  # noqa: N801
    """The same, and `StorageFull` for a file that cannot grow: its file system, or `ulimit -f`, allows no more."""

    @staticmethod
    def _storage_error(error: OSError, room: str | None, path: Path) -> StorageError:
        if error.errno == errno.EFBIG:
            return StorageFull(room, _("this system allows no larger file"), path)
        return _storage_error(error, room, path)


def _storage_error(error: OSError, room: str | None, path: Path) -> StorageError:
    if error.errno == errno.ELOOP and room is not None:
        return RoomUnusable(room, NOT_REGULAR, path)
    if error.errno in FORBIDDEN:
        why = f"{os.strerror(error.errno)}: {_forbidden(Path(error.filename or path))}"
        return StorageForbidden(room, why, path)
    return StorageUnavailable(room, error.strerror or str(error), path)


def _forbidden(path: Path) -> str:
    """Whose file or folder it is, as whom this process runs, and the command that mends it."""
    place = path if os.access(path, os.F_OK) and not os.access(path, os.R_OK | os.W_OK) else path.parent
    us = user_name(os.geteuid())
    try:
        status = os.stat(place)
    except OSError:
        return f"chatsite runs as {us}"
    command = f"chown {us}" if status.st_uid != os.geteuid() else "chmod u+rwX"
    owner, mode = user_name(status.st_uid), stat.S_IMODE(status.st_mode)
    return f"{place.name} belongs to {owner} with mode {mode:04o}, and chatsite runs as {us}; `{command} {place.name}`"


def user_name(uid: int) -> str:
    """The name of a user; the number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
