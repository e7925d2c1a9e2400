"""A room that chatsite removes: no lock file stays, and a process that knows the room waits for no other program."""

import fcntl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chat.storage import RoomLog, StorageFull, StorageUnavailable
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.support.core.doubles import TIME_LIMIT
from tests.support.storage.clocks import ManualClock
from tests.support.storage.expected_history import said


class ObservedDisk(Disk):
    """Counts the tries to take a lock."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = threading.Semaphore(0)

    def lock(self, fd: int) -> None:
        self.tries.release()
        super().lock(fd)


def used_room(store: JsonFileStore) -> RoomLog:
    """The log of a room with a message; the process of `store` knows its file."""
    log = store.open("garden")
    log.append([said("hi")])
    return log


def remove(folder: Path, log: RoomLog) -> None:
    """Remove the room in another process."""
    assert JsonFileStore(folder).remove("garden", log.epoch, log.last_id)


def files_of_garden(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if "garden" in path.name}


def test_nobody_waits_after_a_room_was_removed(folder: Path) -> None:
    """Its message would be refused for two seconds, as if another program were about to put another file there."""
    log = used_room(JsonFileStore(folder, clock=ManualClock()))
    remove(folder, log)
    assert log.append([said("a new beginning")])[0].record.id == 2
    log.close()


def test_every_process_that_knows_a_removed_room_gives_it_the_same_epoch(folder: Path) -> None:
    """Otherwise the first message in it would let the clients of the other processes begin anew once more."""
    log, other = used_room(JsonFileStore(folder)), JsonFileStore(folder).open("garden")
    before = log.epoch
    remove(folder, log)
    log.refresh()
    other.refresh()
    assert log.epoch == other.epoch != before
    assert not log.exists
    assert not files_of_garden(folder)
    log.append([said("a new beginning")])
    other.refresh()
    assert log.epoch == other.epoch
    log.close()
    other.close()


def test_a_room_that_was_removed_and_opened_again_is_empty(folder: Path) -> None:
    """The process knows the file of the closed room still."""
    store = JsonFileStore(folder, clock=ManualClock())
    log = used_room(store)
    log.close()
    remove(folder, log)
    again = store.open("garden")
    assert (again.exists, again.last_id) == (False, 1)
    assert not files_of_garden(folder)


def test_a_poll_that_waits_for_the_lock_during_the_removal_leaves_no_lock_file(folder: Path) -> None:
    disk = ObservedDisk()
    log = used_room(JsonFileStore(folder, disk))
    while disk.tries.acquire(blocking=False):
        pass
    path, lock = folder / "garden.json", folder / ".garden.lock"
    with lock.open() as held, ThreadPoolExecutor() as pool:
        fcntl.flock(held, fcntl.LOCK_EX)  # as `remove` does it
        path.unlink()
        poll = pool.submit(log.refresh)
        assert disk.tries.acquire(timeout=TIME_LIMIT)
        lock.unlink()
        fcntl.flock(held, fcntl.LOCK_UN)
        poll.result(TIME_LIMIT)
    assert not log.exists
    assert not files_of_garden(folder)


def test_a_file_that_another_program_removed_is_waited_for(folder: Path) -> None:
    """Its lock file is still there."""
    log = used_room(JsonFileStore(folder, clock=ManualClock()))
    (folder / "garden.json").unlink()
    with pytest.raises(StorageUnavailable, match="another program"):
        log.append([said("refused")])
    assert files_of_garden(folder) == {".garden.lock"}


def test_a_room_that_may_not_be_created_leaves_no_lock_file(folder: Path) -> None:
    """Regression: every refused room left one."""
    store = JsonFileStore(folder, quota=Quota(max_rooms=1))
    store.create("studio", "studio")
    with pytest.raises(StorageFull):
        store.create("garden", "garden")
    assert not files_of_garden(folder)
