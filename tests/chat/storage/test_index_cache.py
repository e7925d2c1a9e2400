"""The index cache of a large room: it saves the scan, and whatever it is like, the room is the same with it."""

import fcntl
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.storage.json_files import ends, portable_client_ids, unlocked_scan
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.support.storage.cached_room import (
    LARGE,
    assert_same_as_scanned,
    index_of,
    is_cached,
    make_files_large,
    make_room,
    opened,
    store_index,
)
from tests.support.storage.disks import CountingDisk, RecordingDisk
from tests.support.storage.expected_history import maintain, said
from tests.support.storage.hand_edits import edit


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    make_files_large(monkeypatch)


@pytest.fixture
def lobby(folder: Path) -> Path:
    return make_room(folder)


def test_a_large_room_that_was_opened_before_is_opened_without_a_scan(lobby: Path, folder: Path) -> None:
    """Regression: each opening of a gigabyte read all of it, for four seconds and more."""
    disk = CountingDisk()
    log = opened(folder, disk)
    assert disk.bytes_read < lobby.stat().st_size / 5
    assert [record.message for record in log.page(limit=2).records] == ["number 298", "number 299"]
    assert_same_as_scanned(folder)


def test_what_was_written_since_is_scanned_from_the_end_of_the_cache_on(lobby: Path, folder: Path) -> None:
    size = lobby.stat().st_size
    other = opened(folder)
    other.append([said(f"more {number}", f"m{number}") for number in range(30)])
    disk = CountingDisk()
    log = opened(folder, disk)
    assert is_cached(log)
    assert disk.bytes_read < lobby.stat().st_size / 5 + 3 * (lobby.stat().st_size - size)
    assert_same_as_scanned(folder)


def test_a_batch_that_is_being_synced_is_waited_for_instead_of_a_scan(
    lobby: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: between its write and its checkpoint the file looked edited, so a busy room was mostly scanned."""
    lock = lobby.with_name(".lobby.lock")
    before = lock.read_bytes()
    opened(folder).append([said("being synced")])
    after = lock.read_bytes()
    lock.write_bytes(before)
    monkeypatch.setattr(unlocked_scan.time, "sleep", lambda seconds: lock.write_bytes(after))
    log = opened(folder)
    assert is_cached(log)
    assert log.last_id == 302
    lock.write_bytes(before)
    monkeypatch.setattr(ends, "MAX_LINE_BYTES", 2000)
    disk = CountingDisk()
    assert JsonFileStore(folder, disk).append("lobby", [said("from a command")])[0].record.id == 303
    assert disk.bytes_read < lobby.stat().st_size / 2
    assert_same_as_scanned(folder)


def test_a_stored_index_is_for_its_owner_is_never_synced_and_written_without_the_lock(
    lobby: Path, folder: Path
) -> None:
    class UnlockedDisk(RecordingDisk):
        def write(self, fd: int, data: bytes, offset: int) -> None:
            with (folder / ".lobby.lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises if it is held
            super().write(fd, data, offset)

    index_of(folder).unlink()
    disk = UnlockedDisk()
    log = opened(folder, disk)
    assert log.wants_maintenance
    disk.calls.clear()
    maintain(log)
    assert set(disk.calls) == {"write", "rename"}
    assert index_of(folder).stat().st_mode & 0o777 == 0o600
    assert not log.wants_maintenance
    assert is_cached(opened(folder))


def test_it_is_written_again_when_the_file_has_grown_and_has_all_then(lobby: Path, folder: Path) -> None:
    log = opened(folder)
    while not log.wants_maintenance:
        log.append([said("x" * 100, str(log.last_id))])
    maintain(log)
    disk = CountingDisk()
    assert is_cached(opened(folder, disk))
    assert disk.bytes_read < lobby.stat().st_size / 5
    assert_same_as_scanned(folder)


def test_messages_that_are_posted_while_it_is_made_are_in_it(
    lobby: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portable_client_ids, "PART_BYTES", LARGE // 4)
    monkeypatch.setattr(portable_client_ids, "PARTS", 1)
    index_of(folder).unlink()
    log = opened(folder)
    meanwhile = [said("posted meanwhile", f"m{number}") for number in range(20)]
    waiting = iter(meanwhile)
    while log.maintain():
        log.append([message for message in [next(waiting, None)] if message])
    assert next(waiting, None) is None, "it was made in parts"
    again = opened(folder)
    assert is_cached(again)
    outcomes = again.append([*meanwhile, said("number 1", "c1"), said("new", "c300")])
    assert [outcome.repeated for outcome in outcomes] == [True] * 21 + [False]
    assert_same_as_scanned(folder)


def test_a_small_room_has_no_stored_index(folder: Path) -> None:
    log = JsonFileStore(folder).open("lobby")
    log.append([said("hi", "1")])
    log = opened(folder)
    assert not log.wants_maintenance
    assert not log.maintain()
    assert not index_of(folder).exists()


def test_a_disk_that_is_almost_full_takes_no_index(lobby: Path, folder: Path) -> None:
    index_of(folder).unlink()
    log = JsonFileStore(folder, quota=Quota(reserve_bytes=2**60)).open("lobby")
    maintain(log)
    assert not index_of(folder).exists()
    assert not log.wants_maintenance, "it would be tried twice a second"


def test_an_index_that_cannot_be_written_is_none(lobby: Path, folder: Path) -> None:
    class FullDisk(Disk):
        def write(self, fd: int, data: bytes, offset: int) -> None:
            super().write(fd, data[:10], offset)
            raise OSError(28, "No space left on device")

    index_of(folder).unlink()
    log = opened(folder, FullDisk())
    maintain(log)
    assert not [path for path in folder.iterdir() if ".index" in path.name]
    assert_same_as_scanned(folder)


# It does not fit


def _edit(folder: Path) -> None:
    """The same inode, the same size, the same last line, no checksum: spaces are in its place."""
    text = (folder / "lobby.json").read_bytes().split(b"\n")[10]
    crc = text[text.index(b',"crc"') : text.rindex(b"}")]
    edit(folder / "lobby.json", 11, crc, b" " * len(crc))
    edit(folder / "lobby.json", 11, b'"number 8"', b'"number ?"')


def _shift(folder: Path) -> None:
    """Other places, and the same inode, size and last line: a line with spaces in front changes its place."""
    path = folder / "lobby.json"
    lines = path.read_bytes().split(b"\n")
    crc = lines[10][lines[10].index(b',"crc"') : lines[10].rindex(b"}")]
    lines[10] = lines[10].replace(crc, b"")
    lines[100] = b" " * len(crc) + lines[100]
    path.write_bytes(b"\n".join(lines))


def _rewrite(folder: Path) -> None:
    path = folder / "lobby.json"
    copy = folder / "copy"
    copy.write_bytes(path.read_bytes().replace(b"number 11", b"number eleven"))
    os.replace(copy, path)


def _clear(folder: Path) -> None:
    opened(folder).clear(100)


def _clear_and_go_on(folder: Path) -> None:
    log = opened(folder)
    log.clear(100)
    log.append([said("x" * 100) for _ in range(300)])


def _remove_a_line(folder: Path) -> None:
    path = folder / "lobby.json"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(lines[:100] + lines[101:]))


def _restore(folder: Path) -> None:
    path = folder / "lobby.json"
    old = b"\n".join(path.read_bytes().split(b"\n")[:200]).removesuffix(b",") + b"\n]\n"
    path.write_bytes(old)


def _lose_the_lock_file(folder: Path) -> None:
    (folder / ".lobby.lock").unlink()


def _damage(folder: Path) -> None:
    edit(folder / "lobby.json", 12, b'"number 9"', b'"number ?"')


CHANGES = [_edit, _shift, _rewrite, _clear, _clear_and_go_on, _remove_a_line, _restore, _lose_the_lock_file, _damage]


@pytest.mark.parametrize("change", CHANGES)
def test_what_the_owner_does_to_the_file_makes_it_unfit(
    change: Callable[[Path], None], lobby: Path, folder: Path
) -> None:
    change(folder)
    assert not is_cached(opened(folder))
    assert_same_as_scanned(folder)


@pytest.mark.parametrize("change", CHANGES)
def test_also_if_a_process_has_taken_that_in_and_written_since(
    change: Callable[[Path], None], lobby: Path, folder: Path
) -> None:
    """Then the checkpoint describes the file again, which has the inode of the stored index."""
    change(folder)
    log = opened(folder)
    if log.damage is None:
        log.append([said("x" * 100) for _ in range(300)])
    assert not is_cached(opened(folder))
    assert_same_as_scanned(folder)


def test_the_index_of_another_room_an_older_one_and_none_are_unfit(lobby: Path, folder: Path) -> None:
    older = index_of(folder).read_bytes()
    log = opened(folder)
    log.clear(100)
    log.append([said("x" * 100) for _ in range(300)])
    log.close()
    store_index(folder)
    index_of(folder).write_bytes(older)
    assert_same_as_scanned(folder)
    for content in (b"", b"\0" * 1000, b"{}", older[:-1], older + b" "):
        index_of(folder).write_bytes(content)
        assert not is_cached(opened(folder))


def test_no_byte_of_it_can_be_another_one_without_notice(lobby: Path, folder: Path) -> None:
    intact = index_of(folder).read_bytes()
    footer_end = len(intact.rstrip())
    places = random.Random(1).sample(range(footer_end), 150)
    for place in places:
        index_of(folder).write_bytes(intact[:place] + bytes([intact[place] ^ 1]) + intact[place + 1 :])
        log = opened(folder)
        assert not is_cached(log), place
        log.close()
    index_of(folder).write_bytes(intact)
    assert is_cached(opened(folder))


# Others meanwhile


def test_an_index_is_not_put_in_place_after_another_process_has_cleared_the_room(lobby: Path, folder: Path) -> None:
    class ClearingDisk(Disk):
        def write(self, fd: int, data: bytes, offset: int) -> None:
            super().write(fd, data, offset)
            opened(folder).clear(100)

    index_of(folder).unlink()
    log = opened(folder, ClearingDisk())
    maintain(log)
    assert not index_of(folder).exists()
    assert_same_as_scanned(folder)


def test_a_clear_removes_an_index_that_does_not_fit_any_more(lobby: Path, folder: Path) -> None:
    """Regression: beside a cleared room it took its space for ever."""
    os.utime(lobby)
    log = opened(folder)
    assert not is_cached(log)
    log.clear(299)
    assert not index_of(folder).exists()


def test_a_room_is_removed_with_its_index(lobby: Path, folder: Path) -> None:
    log = opened(folder)
    index_of(folder).with_name(".lobby.index.new").write_bytes(b"of a process that died")
    assert JsonFileStore(folder).remove("lobby", log.epoch, log.last_id)
    assert list(folder.iterdir()) == []


def test_an_index_is_not_written_for_a_room_that_was_removed_meanwhile(lobby: Path, folder: Path) -> None:
    class RemovingDisk(Disk):
        def write(self, fd: int, data: bytes, offset: int) -> None:
            super().write(fd, data, offset)
            if lobby.exists():
                JsonFileStore(folder).remove("lobby", log.epoch, log.last_id)

    index_of(folder).unlink()
    log = opened(folder, RemovingDisk())
    maintain(log)
    assert list(folder.iterdir()) == []
