"""A large room with an index cache, for the tests of that cache."""

import shutil
from pathlib import Path

import pytest

from chat.storage import RoomLog
from chat.storage import position_table as table
from chat.storage.json_files import room_content
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient
from tests.support.storage.expected_history import maintain, said

LARGE = 10_000


def make_files_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of `LARGE` bytes gets an index cache."""
    monkeypatch.setattr(room_content, "LARGE_BYTES", LARGE)
    monkeypatch.setattr(table, "BUCKET_COUNT", 16)


def make_room(folder: Path) -> Path:
    """Three hundred messages, and an index cache."""
    log = JsonFileStore(folder).open("lobby")
    for start in range(0, 300, 50):
        log.append(
            [said(f"number {number}", f"c{number}" if number % 3 else None) for number in range(start, start + 50)]
        )
    log.close()
    store_index(folder)
    return folder / "lobby.json"


def store_index(folder: Path) -> None:
    """As the server does while a room is open."""
    log = JsonFileStore(folder, clock=impatient()).open("lobby")
    maintain(log)
    log.close()
    assert index_of(folder).exists()


def index_of(folder: Path) -> Path:
    return folder / ".lobby.index"


def opened(folder: Path, disk: Disk | None = None) -> RoomLog:
    """The log of a new process that does not wait until a file has stood still."""
    return JsonFileStore(folder, disk, clock=impatient()).open("lobby")


def is_cached(log: RoomLog) -> bool:
    return log._index.is_cached  # type: ignore[attr-defined,no-any-return]


def told(log: RoomLog) -> object:
    """What is read of a room, from both ends and in the middle."""
    pages = [log.page(limit=10_000), log.page(limit=3), log.page(after=0, limit=3), log.page(before=150, limit=3)]
    return log.epoch, log.last_id, log.damage, pages


def assert_same_as_scanned(folder: Path) -> None:
    """The room is the same as without its index, and each client_id is known once."""
    bare = folder.parent / "bare"
    shutil.rmtree(bare, ignore_errors=True)
    bare.mkdir()
    shutil.copyfile(folder / "lobby.json", bare / "lobby.json")
    scanned, log = opened(bare), opened(folder)
    assert (told(log)[1:], log.name) == (told(scanned)[1:], scanned.name)  # type: ignore[index]
    if log.damage is None:
        known = [each for each in scanned.page(limit=10_000).records if each.client_id is not None]
        repeats = log.append([said("again", each.client_id) for each in known])
        assert [outcome.record.id for outcome in repeats] == [each.id for each in known]
        assert log.append([said("new", "never used")])[0].record.id == scanned.last_id + 1
    log.close()
    scanned.close()
