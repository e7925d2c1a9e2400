"""A store in a folder of its own, no descriptor left open, and silence for tests that log thousands of warnings."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient
from tests.support.storage.expected_history import said


@pytest.fixture(autouse=True)
def _close_descriptors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Most tests do not close their logs. The tests of whole servers start processes with few descriptors later."""
    opened: set[int] = set()
    open_file, close_file = Disk.open, Disk.close

    def remember(disk: Disk, path: Path, flags: int) -> int:
        fd = open_file(disk, path, flags)
        opened.add(fd)
        return fd

    def forget(disk: Disk, fd: int) -> None:
        opened.discard(fd)
        close_file(disk, fd)

    monkeypatch.setattr(Disk, "open", remember)
    monkeypatch.setattr(Disk, "close", forget)
    yield
    for fd in opened:
        os.close(fd)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def store(folder: Path) -> JsonFileStore:
    """The store of a process that does not wait until a file has stood still."""
    return JsonFileStore(folder, clock=impatient())


@pytest.fixture
def lobby(folder: Path) -> Path:
    """Five messages in three batches, of another process: lines 3 to 7 of the file, ids 2 to 6."""
    log = JsonFileStore(folder).open("lobby")
    log.append([said("one", "1"), said("two", "2")])
    log.append([said("three", "3"), said("four", "4")])
    log.append([said("five", "5")])
    log.close()
    return folder / "lobby.json"


@pytest.fixture
def quiet() -> Iterator[None]:
    """Log nothing: there are thousands of torn tails, with a warning for each."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
