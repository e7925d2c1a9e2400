"""A program edits a room's file in place while chatsite writes to it: the edit is not taken for chatsite's own."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.storage import StorageUnavailable
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.expected_history import said

TICK_NS = 4_000_000  # how coarse many systems keep the time of a file


class EditingDisk(Disk):
    """Another program edits the file during a sync. The system's clock for files stands still, as within a tick."""

    edit: Callable[[], None] | None = None

    def sync_data(self, fd: int) -> None:
        super().sync_data(fd)
        if self.edit is not None:
            tick = os.fstat(fd).st_mtime_ns // TICK_NS * TICK_NS
            self.edit()
            os.utime(fd, ns=(tick, tick))


def test_an_edit_of_the_same_length_is_noticed(lobby: Path) -> None:
    """Regression: the write took the edit for its own, and the room went on until the next start."""
    disk = EditingDisk()
    log = JsonFileStore(lobby.parent, disk).open("lobby")
    disk.edit = lambda: _replace_in_place(lobby, b'"message":"two"', b'"message":"TWO"')
    log.append([said("acknowledged")])
    disk.edit = None
    with pytest.raises(StorageUnavailable, match="another program"):
        log.append([said("refused")])
    assert b"acknowledged" in lobby.read_bytes()
    log.close()


def _replace_in_place(path: Path, before: bytes, after: bytes) -> None:
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace(before, after))


def test_a_file_of_another_owner_is_written(lobby: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the owner of a file may set its time to another one than the system's."""
    set_time = os.utime

    def refuse_times(fd: int, *, ns: tuple[int, int] | None = None) -> None:
        if ns is not None:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        set_time(fd)

    monkeypatch.setattr("chat.storage.json_files.disk.os.utime", refuse_times)
    log = JsonFileStore(lobby.parent).open("lobby")
    assert log.append([said("written")])[0].record.message == "written"
    log.close()
