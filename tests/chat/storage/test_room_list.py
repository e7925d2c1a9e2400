"""The list of rooms reads a bounded part of every file, whatever is in it."""

import json
from pathlib import Path

import pytest

from chat.storage.json_files.disk import Disk
from chat.storage.json_files.room_lock import LINE_BYTES
from chat.storage.json_files.store import END_BYTES, JsonFileStore
from tests.support.storage.expected_history import said


class CountingDisk(Disk):
    """The real disk; `bytes_read` and `reads` count."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes_read = 0
        self.reads = 0

    def read(self, fd: int, length: int, offset: int) -> bytes:
        data = super().read(fd, length, offset)
        self.bytes_read += len(data)
        self.reads += 1
        return data


@pytest.fixture
def large(store: JsonFileStore, lobby: Path) -> Path:
    log = store.open("lobby")
    for _ in range(5):
        log.append([said("x" * 900) for _ in range(200)])
    log.close()
    return lobby


CHANGES = {
    "as it is": lambda raw: raw,
    "laid out anew": lambda raw: json.dumps(json.loads(raw), indent=2).encode(),
    "on one line": lambda raw: json.dumps(json.loads(raw)).encode(),
    "no room at all": lambda raw: b"x" * len(raw),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_is_read_at_both_ends_only(name: str, folder: Path, large: Path) -> None:
    """Regression: a file of 14 MB in another layout was read backwards to its start, and every page waited."""
    large.write_bytes(CHANGES[name](large.read_bytes()))
    disk = CountingDisk()
    store = JsonFileStore(folder, disk)
    (info,) = store.rooms()
    assert store.find("lobby") == info
    assert disk.reads == 3  # both ends, and the lock file
    assert disk.bytes_read <= 2 * END_BYTES + LINE_BYTES < large.stat().st_size
    assert info.last_id == (1006 if name == "as it is" else 1)


def test_the_last_id_is_found_behind_a_line_that_is_longer_than_that(folder: Path, store: JsonFileStore) -> None:
    log = store.open("lobby")
    log.append([said("one")])
    log.append([said("ä" * 90_000)])
    log.close()
    disk = CountingDisk()
    assert [info.last_id for info in JsonFileStore(folder, disk).rooms()] == [3]
    assert disk.bytes_read <= 2 * END_BYTES + LINE_BYTES
