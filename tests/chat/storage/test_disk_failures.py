"""Disks that fail for a while, and what readers and writers see meanwhile: one scenario in each test."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.storage import RoomLog, StorageFull, StorageUnavailable
from chat.storage.json_files.room_file import RoomFile
from chat.storage.json_files.store import JsonFileStore
from tests.support.effort import Tally
from tests.support.storage.disk_faults import after, always, no_fault, once, when
from tests.support.storage.disks import MemoryDisk, ReadOnlyDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, ExpectedHistory, open_lobby, said
from tests.support.storage.failure_scenarios import (
    FAILURE_SCENARIOS,
    LONG,
    REFUSED,
    append_refused,
    run_with_fault,
    torn_room,
    used_room,
)

pytestmark = pytest.mark.usefixtures("quiet")


def messages(log: RoomLog) -> list[str | None]:
    return [record.message for record in log.page(limit=1000).records]


def test_reading_goes_on_while_the_disk_refuses_every_write() -> None:
    history = ExpectedHistory()
    log = used_room(history)
    before = messages(log)
    history.disk.fault = always("write", "truncate", "sync", "sync_data", reason=errno.ENOSPC)
    for _ in range(3):
        with pytest.raises(StorageUnavailable, match="No space left"):
            append_refused(history, log)
        assert messages(log) == before
    history.disk.fault = no_fault
    history.say(log, "there is room again")
    assert messages(log) == [*before, "there is room again"]


def test_what_was_refused_and_still_stands_in_the_file_is_not_shown() -> None:
    """The write succeeded, the sync and the rollback failed: a refresh accepted the refused records."""
    history = ExpectedHistory()
    log = used_room(history)
    before = messages(log)
    history.try_to_say(after("sync_data", errno.EIO), log, REFUSED)
    assert REFUSED in history.disk.content(LOBBY).decode()
    assert log.changed()
    for fault in (after("open", errno.EIO), always("write", reason=errno.EIO)):
        history.disk.fault = fault
        with pytest.raises(StorageUnavailable):
            log.refresh()
    assert messages(log) == before
    history.disk.fault = no_fault
    log.refresh()
    assert messages(log) == before
    assert REFUSED not in history.disk.content(LOBBY).decode()


def test_what_another_process_wrote_behind_a_write_that_could_not_be_undone_stays() -> None:
    history = ExpectedHistory()
    log = used_room(history)
    history.try_to_say(after("sync_data", errno.EIO), log, REFUSED, LONG)
    other = history.open()
    history.say(other, "I found it whole and wrote on")
    history.say(log, "so this comes after it")
    other.refresh()
    assert messages(other) == messages(log) == messages(open_lobby(history.disk))
    assert messages(log)[-2:] == ["I found it whole and wrote on", "so this comes after it"]


def test_what_another_process_has_shown_is_not_undone() -> None:
    """It was cut off after it had been shown, and its id was given to another message."""
    history = ExpectedHistory()
    log = used_room(history)
    history.try_to_say(after("sync_data", errno.EIO), log, said("in doubt", "1"))
    other = history.open()
    assert messages(other)[-1] == "in doubt"
    history.say(log, "something else", said("in doubt", "1"))
    assert messages(log)[-2:] == ["in doubt", "something else"]


def test_a_disk_that_may_only_be_read_is_read() -> None:
    history = ExpectedHistory()
    before = messages(used_room(history))
    disk = ReadOnlyDisk({LOBBY: history.disk.content(LOBBY)})
    log = open_lobby(disk)
    assert messages(log) == before
    with pytest.raises(StorageUnavailable, match="Read-only"):
        log.append([said("no")])
    assert (log.changed(), messages(log)) == (False, before)


class ReadOnlyFolder(MemoryDisk):
    """Its files can be written, but none can be created, renamed or removed."""

    def open(self, path: Path, flags: int) -> int:
        if flags & os.O_CREAT and path not in self.names:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return super().open(path, flags)

    def rename(self, source: Path, target: Path) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def test_in_a_folder_that_may_only_be_read_what_needs_no_new_file_goes_on() -> None:
    history = ExpectedHistory()
    before = messages(used_room(history))
    disk = ReadOnlyFolder({LOBBY: history.disk.content(LOBBY), FOLDER / ".lobby.lock": b""})
    log = open_lobby(disk)
    log.append([said("this needs none")])
    for needs_one in (lambda: log.clear(2), lambda: JsonFileStore(FOLDER, disk).create("tea", "Tea")):
        with pytest.raises(StorageUnavailable, match="Permission denied"):
            needs_one()
    assert messages(log) == messages(open_lobby(disk)) == [*before, "this needs none"]


@pytest.mark.parametrize("call", ["write", "truncate", "sync", "sync_folder", "lock"])
def test_a_torn_tail_that_cannot_be_mended_can_be_read_around(call: str) -> None:
    history = ExpectedHistory()
    torn_room(history)
    disk = history.disk
    disk.fault = always(call, reason=errno.ENOSPC)
    log = open_lobby(disk)
    assert messages(log)[-1] == "six"
    assert not log.changed(), "or the server would look again and again"
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            log.append([said(REFUSED)])
        log.refresh()
        assert messages(log)[-1] == "six"
    disk.fault = no_fault
    log.append([said("mended")])
    assert messages(log)[-2:] == ["six", "mended"]
    kept = [path for path in disk.names if ".torn-" in path.name]
    assert len(kept) == 1, "however often it was tried"
    assert not disk.used_after_failed_sync


def test_a_disk_that_writes_less_than_it_says_stores_nothing_of_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    history = ExpectedHistory()
    log = used_room(history)
    before = messages(log)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryDisk, "write_some", lambda disk, fd, data, offset: len(data))
        with pytest.raises(StorageUnavailable, match="another program"):
            log.append([said(REFUSED)])
    log.append([said("and on")])
    assert messages(log) == messages(open_lobby(history.disk)) == [*before, "and on"]


def test_a_file_that_can_grow_no_more_is_full() -> None:
    """Regression: at the limit of a file system, or of `ulimit -f`, clients repeated their messages for ever."""
    history = ExpectedHistory()
    log = used_room(history)
    before = messages(log)
    history.disk.fault = always("write", reason=errno.EFBIG)
    for _ in range(2):
        with pytest.raises(StorageFull, match="no larger file"):
            log.append([said(REFUSED)])
        assert messages(log) == before
    history.disk.fault = no_fault
    log.append([said("again")])
    assert messages(log) == messages(open_lobby(history.disk)) == [*before, "again"]


def test_a_disk_that_fails_leaves_no_half_files_behind() -> None:
    history = ExpectedHistory()
    log = used_room(history)
    history.disk.fault = always("sync", reason=errno.EIO)
    with pytest.raises(StorageUnavailable):
        log.clear(3)
    assert {path.name for path in history.disk.names} == {"lobby.json", ".lobby.lock"}


def names(store: JsonFileStore) -> list[str]:
    """The names of the rooms in the list."""
    return [info.name for info in store.rooms()]


def test_a_list_of_rooms_that_could_not_be_read_once_is_right_the_next_time() -> None:
    """While no file could be opened, rooms were listed by their slugs, and stayed so until the next write."""
    history = ExpectedHistory()
    store = JsonFileStore(FOLDER, history.disk)
    history.create("The Lobby")
    history.disk.fault = always("open", reason=errno.EMFILE)
    assert names(store) == ["lobby"]
    history.disk.fault = no_fault
    assert names(store) == ["The Lobby"]
    history.disk.fault = always("stat", reason=errno.EIO)
    assert names(store) == ["The Lobby"], "what was known of it is still listed"
    history.disk.fault = always("entries", reason=errno.EMFILE)
    with pytest.raises(StorageUnavailable, match="Too many open files"):
        store.rooms()


def test_a_room_that_cannot_be_looked_for_is_not_taken_for_missing() -> None:
    history = ExpectedHistory()
    store = JsonFileStore(FOLDER, history.disk)
    history.create("The Lobby")
    history.disk.fault = always("stat", reason=errno.EIO)
    with pytest.raises(StorageUnavailable):
        store.find("lobby")


# The folder is deleted while the server runs

Ask = Callable[[RoomLog], object]
ASKED: dict[str, Ask] = {REFUSED: lambda log: log.append([said(REFUSED)]), '"type":"clear"': lambda log: log.clear(2)}


@pytest.mark.promise
@pytest.mark.parametrize("before", [used_room, ExpectedHistory.open], ids=["a room", "a new room"])
@pytest.mark.parametrize("trace", ASKED)
def test_a_folder_may_be_deleted_at_any_moment_and_is_used_when_it_is_there_again(
    before: Callable[[ExpectedHistory], RoomLog], trace: str, tally: Tally
) -> None:
    """Messages were acknowledged that were written to a file without a name."""
    for number in range(len(_calls(before, ASKED[trace]))):
        history = ExpectedHistory()
        disk, log = history.disk, before(history)
        deleted: list[bytes] = []

        def delete(disk: MemoryDisk = disk, deleted: list[bytes] = deleted) -> None:
            deleted.append(disk.durable().get(LOBBY, b""))
            disk.delete_folder()

        disk.fault = when(number, delete)
        try:
            ASKED[trace](log)
        except StorageUnavailable:
            assert LOBBY not in disk.names or trace not in disk.content(LOBBY).decode()
        else:
            now = disk.content(LOBBY) if LOBBY in disk.names else b""
            assert trace in (deleted[0] + now).decode(), f"it was gone before call {number}, and was acknowledged"
        disk.fault = no_fault
        disk.make_folder(LOBBY.parent)  # its owner does
        _goes_on(log, disk)
        tally("deleted folders")


def _calls(before: Callable[[ExpectedHistory], RoomLog], ask: Ask) -> list[str]:
    history = ExpectedHistory()
    log = before(history)
    history.disk.calls.clear()
    ask(log)
    return history.disk.calls


def _goes_on(log: RoomLog, disk: MemoryDisk) -> None:
    log.append([said("and on")])
    log.refresh()
    assert messages(log) == messages(open_lobby(disk))
    assert messages(log)[-1] == "and on"
    assert not disk.used_after_failed_sync


# Logs with a fault of their own


def does_not_undo_what_failed(file: RoomFile) -> None:
    file.close()
    file._failed_write = b""


def trusts_a_descriptor_whose_sync_failed(file: RoomFile) -> None:
    file._disk.sync_data(file._fd.for_writing())


@pytest.mark.promise
@pytest.mark.parametrize("wrong", [does_not_undo_what_failed, trusts_a_descriptor_whose_sync_failed])
def test_a_log_that_undoes_nothing_is_caught(
    wrong: Callable[[RoomFile], None], monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setattr(RoomFile, "_rollback", wrong)
    with pytest.raises(AssertionError):
        run_with_fault(ExpectedHistory(), FAILURE_SCENARIOS["an append"], once("sync_data", errno.EIO))
    tally("wrong writers")
