"""Another program puts a new file in the place of a room's file while chatsite repairs or syncs the old one."""

import contextlib
from pathlib import Path

import pytest

from chat.storage import StorageUnavailable
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient
from tests.support.storage.expected_history import said


class ReplacingDisk(Disk):
    """`sed -i` and `mv` rename a copy of the file to its name at the next sync."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.replaces = False

    def sync_data(self, fd: int) -> None:
        super().sync_data(fd)
        self._maybe_replace()

    def sync(self, fd: int) -> None:
        super().sync(fd)
        self._maybe_replace()

    def _maybe_replace(self) -> None:
        if self.replaces:
            self.replaces = False
            draft = self._path.with_name("draft")
            draft.write_bytes(self._path.read_bytes())
            draft.rename(self._path)


@pytest.mark.parametrize("tail", [b"\n]\n", b',\n{"id":7,'], ids=["whole", "torn"])
def test_a_file_that_is_replaced_in_a_repair_is_taken_in_the_next_time(tail: bytes, lobby: Path) -> None:
    """Regression: the status of the new file counted as that of the old one, and the room was never written again."""
    disk = ReplacingDisk(lobby)
    log = JsonFileStore(lobby.parent, disk, clock=impatient()).open("lobby")
    lobby.write_bytes(lobby.read_bytes().removesuffix(b"\n]\n") + tail)
    disk.replaces = True
    for text in ("six", "seven"):
        with contextlib.suppress(StorageUnavailable):
            log.append([said(text, text)])
    assert b'"seven"' in lobby.read_bytes()
