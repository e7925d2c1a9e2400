"""The quota limits what visitors can store; the owner's commands have none."""

import contextlib
from pathlib import Path

import pytest

from chat.storage import Draft, RoomLog, StorageFull
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.support.core.doubles import NearlyFullDisk
from tests.support.effort import Tally, effort


def store(folder: Path, disk: Disk | None = None, **limits: int) -> JsonFileStore:
    return JsonFileStore(folder, disk, Quota(**limits))


def draft(text: str, client_id: str | None = None) -> Draft:
    return Draft(author="a", username="ada", message=text, client_id=client_id)


def fill(log: RoomLog, text: str) -> int:
    """Append until the quota is used up; returns the number of messages."""
    with contextlib.suppress(StorageFull):
        for _ in range(500):
            log.append([draft(text)])
    return log.last_id - 1


@pytest.mark.promise
@pytest.mark.parametrize("text", ["a", "é" * 50, "😀" * 100, '"\\' * 300, "x" * 4000])
def test_a_file_never_grows_past_its_limit_whatever_is_written(folder: Path, text: str, tally: Tally) -> None:
    log = store(folder, max_room_bytes=20_000).open("lobby")
    stored = fill(log, text)
    for count in range(1, effort(4, torture=100)):
        with pytest.raises(StorageFull, match="grown to its limit"):
            log.append([draft(text)] * count)
        assert (folder / "lobby.json").stat().st_size <= 20_000
        tally("batches at a limit")
    assert stored
    assert log.size == (folder / "lobby.json").stat().st_size
    assert len(log.page(limit=1000).records) == log.last_id - 1, "it can be read"


@pytest.mark.promise
@pytest.mark.parametrize("limits", [{"max_room_bytes": 2000}, {"reserve_bytes": 1000}])
def test_a_message_of_a_full_room_can_be_deleted(folder: Path, limits: dict[str, int], tally: Tally) -> None:
    """Regression: the delete was refused, as it needs some bytes itself, and the words stayed."""
    disk = NearlyFullDisk(1000)
    log = store(folder, disk, **limits).open("lobby")
    log.append([draft("x-mark")])
    if "max_room_bytes" in limits:
        fill(log, "x" * 100)
    disk.free_bytes = 0
    delete = Draft(type="delete", author="a", username="ada", target=2)
    with pytest.raises(StorageFull):
        log.append([delete, draft("x" * 100)])
    assert log.append([delete])[0].record.type == "delete"
    assert b"x-mark" not in (folder / "lobby.json").read_bytes()
    assert log.append([delete])[0].record is None, "a message is deleted once"
    tally("batches at a limit")


@pytest.mark.promise
def test_a_repeat_of_what_is_stored_gets_its_first_record_in_a_full_room_too(folder: Path, tally: Tally) -> None:
    log = store(folder, max_room_bytes=1000).open("lobby")
    (first,) = log.append([draft("hi", "c-1")])
    with pytest.raises(StorageFull):
        log.append([draft("x" * 2000, "c-2")])
    (again,) = log.append([draft("hi", "c-1")])
    assert again.repeated
    assert again.record.id == first.record.id
    tally("batches at a limit")


@pytest.mark.promise
def test_the_lobby_is_made_however_many_rooms_there_are(folder: Path, tally: Tally) -> None:
    """Regression: after a squatter had made all rooms that there may be, nobody could write in a new lobby."""
    limited = store(folder, max_rooms=2)
    for room in ("one", "two"):
        assert limited.create(room, room)
    assert limited.open("lobby").append([draft("hi")])
    with pytest.raises(StorageFull, match="as many rooms"):
        limited.create("three", "three")
    tally("batches at a limit")


@pytest.mark.promise
def test_with_a_lobby_there_are_as_many_other_rooms(folder: Path, tally: Tally) -> None:
    limited = store(folder, max_rooms=1)
    limited.open("lobby").append([draft("hi")])
    assert limited.create("one", "one")
    tally("batches at a limit")


@pytest.mark.promise
def test_only_so_many_rooms_can_be_made_and_those_that_are_there_go_on(folder: Path, tally: Tally) -> None:
    rooms = store(folder, max_rooms=3)
    for name in ("one", "two"):
        rooms.open(name).append([draft("hi")])
    assert rooms.create("three", "Three")
    for _ in range(effort(3, torture=100)):
        with pytest.raises(StorageFull, match="as many rooms"):
            rooms.open("four").append([draft("hi")])
        with pytest.raises(StorageFull, match="as many rooms"):
            rooms.create("five", "Five")
        tally("batches at a limit", 2)
    assert not rooms.create("two", "Two again"), "it is there"
    rooms.open("one").append([draft("still")])
    assert sorted(path.name for path in folder.glob("*.json")) == ["one.json", "three.json", "two.json"]


@pytest.mark.promise
def test_the_reserve_of_the_disk_is_left_alone_and_writing_goes_on_when_there_is_room_again(
    folder: Path, tally: Tally
) -> None:
    disk = NearlyFullDisk(1000)
    rooms = store(folder, disk, reserve_bytes=1000)
    log = rooms.open("lobby")
    log.append([draft("just enough")])
    disk.free_bytes = 999
    before = (folder / "lobby.json").read_bytes()
    for attempt in (lambda: log.append([draft("no")]), lambda: rooms.create("new", "New"), rooms.check_writable):
        with pytest.raises(StorageFull, match="almost full"):
            attempt()
        tally("batches at a limit")
    assert (folder / "lobby.json").read_bytes() == before
    assert [record.message for record in log.page(limit=10).records] == ["just enough"]
    disk.free_bytes = 5000
    rooms.check_writable()
    assert log.append([draft("again")])[0].record.id == 3


def test_the_owners_commands_have_no_quota(folder: Path) -> None:
    """A clear of a full room writes, too."""
    log = store(folder, max_room_bytes=2000).open("lobby")
    fill(log, "x" * 100)
    owner = JsonFileStore(folder, NearlyFullDisk(0)).open("lobby")
    owner.clear(owner.last_id - 1)
    owner.append([draft("y" * 5000)])
    owner.close()
    log.refresh()
    with pytest.raises(StorageFull):
        log.append([draft("z")])


def test_what_is_free_is_asked_of_the_system(tmp_path: Path) -> None:
    assert 0 < Disk().free(tmp_path) < 2**60
