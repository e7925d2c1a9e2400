"""Several processes on one file: each sees what the others wrote, and none overwrites another's records."""

import fcntl
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from chat.storage import Draft, RoomDamaged, RoomLog, RoomUnusable, StorageUnavailable
from chat.storage.json_files import room_content
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.expected_history import said
from tests.support.storage.hand_edits import without_crc


@pytest.fixture
def alice(store: JsonFileStore) -> RoomLog:
    log = store.open("lobby")
    log.append([said("one", "1"), said("two", "2")])
    return log


@pytest.fixture
def bob(alice: RoomLog, store: JsonFileStore) -> RoomLog:
    return store.open("lobby")


def texts(log: RoomLog) -> list[str | None]:
    return [record.message for record in log.page(limit=10_000).records]


def test_two_logs_take_turns_on_one_file(alice: RoomLog, bob: RoomLog, folder: Path) -> None:
    for number in range(3, 13):
        writer = alice if number % 2 else bob
        assert writer.append([said(f"{number}")])[0].record.id == number + 1
    alice.refresh()
    bob.refresh()
    assert texts(alice) == texts(bob)
    assert [record["id"] for record in json.loads((folder / "lobby.json").read_text())] == list(range(1, 14))


def test_what_another_log_wrote_is_seen_after_a_refresh(alice: RoomLog, bob: RoomLog) -> None:
    assert not bob.changed()
    alice.append([said("three")])
    assert bob.changed()
    assert bob.last_id == 3
    bob.refresh()
    assert (bob.last_id, texts(bob), bob.changed()) == (4, ["one", "two", "three"], False)


def test_a_clear_by_another_log_is_seen_after_a_refresh(alice: RoomLog, bob: RoomLog) -> None:
    epoch = bob.epoch
    alice.clear(2)
    assert bob.changed()
    assert texts(bob) == ["one", "two"], "until then the old file is read"
    bob.refresh()
    assert (texts(bob), bob.epoch) == (["two", None], epoch)
    bob.append([said("three")])
    alice.refresh()
    assert [record.id for record in alice.page().records] == [3, 4, 5]


def test_records_that_an_edit_has_moved_are_found_when_another_process_appends_before_it_is_noticed(
    alice: RoomLog, folder: Path
) -> None:
    """Regression: the places of the records were kept, and a repeat of a message that had moved was stored again."""
    alice.append([said("three", "3")])
    lines = (folder / "lobby.json").read_bytes().split(b"\n")
    shorter = without_crc(lines[2])
    lines[2:4] = [shorter, lines[3] + b" " * (len(lines[2]) - len(shorter))]
    (folder / "lobby.json").write_bytes(b"\n".join(lines))
    JsonFileStore(folder).append("lobby", [said("four")])
    assert [outcome.repeated for outcome in alice.append([said("one", "1"), said("two", "2")])] == [True, True]
    assert texts(alice) == ["one", "two", "three", "four"]


def test_another_file_in_the_place_of_this_one_is_another_epoch(
    alice: RoomLog, store: JsonFileStore, folder: Path
) -> None:
    epoch = alice.epoch
    store.create("other", "Other")
    other = store.open("other")
    other.append([said("elsewhere")])
    other.close()
    os.replace(folder / "other.json", folder / "lobby.json")
    alice.refresh()
    assert alice.epoch != epoch
    assert (alice.name, alice.last_id, texts(alice)) == ("Other", 2, ["elsewhere"])


def test_a_file_that_was_deleted_is_a_new_room_in_a_new_epoch(alice: RoomLog, folder: Path) -> None:
    epoch = alice.epoch
    (folder / "lobby.json").unlink()
    alice.refresh()
    assert (alice.last_id, texts(alice), alice.changed()) == (1, [], False)
    fresh = alice.epoch
    assert fresh != epoch
    assert alice.append([said("again")])[0].record.id == 2
    assert alice.epoch == fresh


def test_a_batch_after_the_file_was_deleted_makes_it_anew(alice: RoomLog, folder: Path) -> None:
    (folder / "lobby.json").unlink()
    assert alice.append([said("again", "1")])[0].record.id == 2
    assert [record["id"] for record in json.loads((folder / "lobby.json").read_text())] == [1, 2]


def test_a_batch_after_the_whole_folder_was_deleted_waits_until_there_is_one(alice: RoomLog, folder: Path) -> None:
    shutil.rmtree(folder)
    with pytest.raises(StorageUnavailable, match="the folder is gone"):
        alice.append([said("again")])
    folder.mkdir()
    assert alice.append([said("again")])[0].record.id == 2


def test_a_closed_log_does_not_read_a_new_file_with_an_old_index(alice: RoomLog, bob: RoomLog) -> None:
    alice.close()
    bob.clear(2)
    assert [record.id for record in alice.page().records] == [3, 4]


def test_a_file_that_is_no_room_any_more_is_never_written_however_often_one_tries(alice: RoomLog, folder: Path) -> None:
    """The first try was refused; the second took the file for the known one, and wrote at the room's old end."""
    letter = b"Dear Bob,\n" * 100
    (folder / "lobby.json").write_bytes(letter)
    for _ in range(3):
        with pytest.raises(RoomUnusable):
            alice.append([said("three")])
    assert (folder / "lobby.json").read_bytes() == letter


def test_a_room_that_was_mended_by_its_owner_is_written_again(alice: RoomLog, folder: Path) -> None:
    good = (folder / "lobby.json").read_bytes()
    (folder / "lobby.json").write_bytes(good.replace(b'"message":"one"', b'"message":"one and more"'))
    with pytest.raises(RoomDamaged):
        alice.append([said("three")])
    (folder / "lobby.json").write_bytes(good)
    alice.append([said("three")])
    assert (texts(alice), alice.damage) == (["one", "two", "three"], None)


def test_a_folder_that_is_a_file_is_storage_unavailable(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("")
    with pytest.raises(StorageUnavailable):
        JsonFileStore(tmp_path / "storage").open("lobby")


def test_a_lock_that_somebody_holds_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    """One stopped command blocked every room of the server, and its shutdown."""
    mine = JsonFileStore(tmp_path, Disk(lock_timeout_seconds=0.05)).open("lobby")
    mine.append([Draft(author="a", username="ada", message="before")])
    with (tmp_path / ".lobby.lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StorageUnavailable, match="another process has held the lock"):
            mine.append([Draft(author="a", username="ada", message="meanwhile")])
        assert [record.message for record in mine.page().records] == ["before"]
    mine.append([Draft(author="a", username="ada", message="after")])
    assert [record.message for record in mine.page().records] == ["before", "after"]
    mine.close()


def test_a_large_file_is_scanned_without_the_lock(
    alice: RoomLog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: `post_message` and `export_history` read a gigabyte under its lock: posts were refused for 8 s."""

    class WritingDisk(Disk):
        """Counts the bytes that are read under the lock. Alice writes while the file is scanned without it."""

        locks = unlocked_reads = locked_bytes = 0

        def lock(self, fd: int) -> None:
            super().lock(fd)
            self.locks += 1

        def read(self, fd: int, length: int, offset: int) -> bytes:
            data = super().read(fd, length, offset)
            if self.locks:
                self.locked_bytes += len(data)
            elif not self.unlocked_reads:
                self.unlocked_reads += 1
                alice.append([said("meanwhile")])
            return data

    monkeypatch.setattr(room_content, "LARGE_BYTES", 100_000)
    alice.append([said("x" * 1000) for _ in range(200)])
    disk = WritingDisk()
    bob = JsonFileStore(folder, disk).open("lobby")
    assert (disk.unlocked_reads, disk.locks) == (1, 1)
    assert disk.locked_bytes < 10_000
    assert bob.append([said("after")])[0].record.id == alice.last_id + 1
    assert texts(bob)[-2:] == ["meanwhile", "after"]


def test_a_batch_that_is_rolled_back_before_the_lock_is_held_is_not_remembered(
    alice: RoomLog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: the batch in its place had the same ids and offsets, and its client_ids were never found."""
    lobby, lock = folder / "lobby.json", folder / ".lobby.lock"

    class ReplacingDisk(Disk):
        """Before the lock is held, another process rolls back its failed batch, and writes another one there."""

        locks = 0

        def lock(self, fd: int) -> None:
            self.locks += 1
            if self.locks == 1:
                lobby.write_bytes(durable)
                JsonFileStore(folder).open("lobby").append([said("two", "c2")])
            super().lock(fd)

    monkeypatch.setattr(room_content, "LARGE_BYTES", 1000)
    alice.append([said("x" * 1000)])
    durable, checkpoint = lobby.read_bytes(), lock.read_bytes()
    alice.append([said("one", "c1")])
    lock.write_bytes(checkpoint)  # as after a failed sync
    bob = JsonFileStore(folder, ReplacingDisk()).open("lobby")
    assert [outcome.repeated for outcome in bob.append([said("two", "c2"), said("one", "c1")])] == [True, False]


def test_a_large_file_that_is_edited_during_its_scan_is_scanned_again(
    alice: RoomLog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "lobby.json"

    class EditedDisk(Disk):
        def lock(self, fd: int) -> None:
            content = path.read_bytes().replace(b'"message":"one"', b'"message":"one, edited"')
            path.write_bytes(re.sub(b',"crc":"[0-9a-f]+"', b"", content))
            super().lock(fd)

    monkeypatch.setattr(room_content, "LARGE_BYTES", 0)
    bob = JsonFileStore(folder, EditedDisk()).open("lobby")
    assert texts(bob) == ["one, edited", "two"]
