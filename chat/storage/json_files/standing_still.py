"""What a process knows of a room's file, and how long it waits for a program that changes it.

A file that had records and is now gone, shorter, torn, damaged or another history is being worked on: `cat`, `cp`,
`git checkout` and editors empty or remove a file before they write it. Nothing is read into the room and nothing is
written until the file has stood still: two looks SETTLE_SECONDS apart find the same, and nobody has it open for
writing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from chat.storage import StorageUnavailable
from chat.storage.json_files.file_status import FileStatus
from chat.storage.json_files.room_lock import Checkpoint

SETTLE_SECONDS = 2.0
HasWriter = Callable[[], bool]


class BeingChanged(StorageUnavailable):
    """Another program is changing the room's file; retry."""


class _Look(NamedTuple):
    """What the file is like, and since when (seconds of the clock)."""

    status: FileStatus | None
    since: float


class KnownFile:
    """What this process knows of one room's file. Kept in `known_files` while the file has records.

    There it survives the room's log, which is closed when nobody uses the room.
    """

    def __init__(self, path: Path, clock: Callable[[], float], known_files: dict[Path, "KnownFile"]) -> None:
        self.last: Checkpoint | None = None  # as this process last took it in or left it; None: it had no records
        self._path = path
        self._clock = clock
        self._known_files = known_files
        self._look: _Look | None = None

    def note(self, checkpoint: Checkpoint | None) -> None:
        """Note the file as this process has taken it in, or left it."""
        self.last = checkpoint
        if checkpoint is not None:
            self._known_files[self._path] = self
        else:
            self._known_files.pop(self._path, None)

    @property
    def knows_any_file(self) -> bool:
        """Whether this process knows records of any room in the folder."""
        return bool(self._known_files)

    def is_as_known(self, status: FileStatus | None) -> bool:
        """Whether this process has taken the file in as it is."""
        return self.last is not None and self.last.file == status

    def newest(self, past: Checkpoint | None) -> Checkpoint | None:
        """The later one of the lock file's checkpoint and what this process knows, if it is one history."""
        last = self.last
        if past is None or last is None:
            return past or last
        return last if last.epoch == past.epoch and last.last_id > past.last_id else past

    def must_stand_still(self, status: FileStatus | None) -> bool:
        """Whether the file had records and is gone or shorter now, or had to stand still at the last look."""
        if self.last is None or self.is_as_known(status):
            return False
        is_waited_for = self._look is not None and self._look.status == status
        return is_waited_for or status is None or status.size < self.last.file.size

    def require_still(self, status: FileStatus | None, has_writer: HasWriter) -> None:
        """Look at a file that another program has changed. Raises `BeingChanged` until it has stood still."""
        if self._look is None or self._look.status != status:
            self._look = _Look(status, self._clock())
        self.refuse_writer(has_writer)
        if self._clock() - self._look.since < SETTLE_SECONDS:
            why = f"another program is changing this file; it is used when it has not changed for {SETTLE_SECONDS:g} s"
            raise BeingChanged(self._path.stem, why, self._path)

    def refuse_writer(self, has_writer: HasWriter) -> None:
        """Raises `BeingChanged` while a process has the file open for writing."""
        if has_writer():
            raise BeingChanged(self._path.stem, "another program has this file open for writing", self._path)
