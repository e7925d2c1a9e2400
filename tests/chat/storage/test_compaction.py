"""A compaction drops what changes nothing: everything that can be seen of a room is the same before and after."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.storage import Compaction, Draft, RoomDamaged, RoomLog
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.support.effort import effort
from tests.support.storage.clocks import impatient
from tests.support.storage.compactions import amendment, drafts, seen
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.drafts import edited
from tests.support.storage.expected_history import LOBBY, open_lobby, said
from tests.support.storage.memory_store import MemoryLog


@settings(max_examples=effort(25, torture=2_000))
@given(st.lists(drafts, min_size=5, max_size=25))
def test_whatever_was_said_it_looks_the_same_afterwards(batch: list[Draft]) -> None:
    disk = MemoryDisk()
    log = open_lobby(disk)
    log.append([said("first"), said("second", author="bea")])
    for draft in batch:
        log.append([draft])
    before, size = seen(log), len(disk.content(LOBBY))
    expected = log.compact(dry_run=True)
    assert (seen(log), len(disk.content(LOBBY))) == (before, size)
    done = log.compact()
    assert done == expected
    assert seen(log) == before == seen(open_lobby(disk))
    assert done.saved_bytes == size - len(disk.content(LOBBY))
    assert log.compacted_id == (log.last_id if done.records else 0)
    assert log.compact() == Compaction(0, 0), "once more there is nothing to do"
    log.append([said("and on")])
    assert log.last_id == before[5] + 1  # type: ignore[operator]
    _check_minimal(disk.content(LOBBY))


def _check_minimal(content: bytes) -> None:
    *records, _, _ = json.loads(content)  # the last one stays in any case
    edited = [record["target"] for record in records if record["type"] == "edit"]
    assert len(edited) == len(set(edited))
    assert all("message" in record for record in records if record["type"] in {"message", "edit"})
    assert all(record["on"] for record in records if record["type"] == "reaction")


@pytest.fixture
def log(store: JsonFileStore) -> RoomLog:
    """Ids 2 to 9: an edited message, one with reactions, and a deleted one."""
    log = store.open("lobby")
    log.append([said("helo"), said("cake", author="bea"), said("x-mark")])
    log.append([edited(2, "hallo"), edited(2, "hello")])
    log.append([amendment("reaction", "alice", target=3, emoji="👍", on=True)])
    log.append([amendment("reaction", "alice", target=3, emoji="👍", on=False), amendment("delete", "alice", target=4)])
    log.append([said("last")])
    return log


def test_ids_deletes_and_the_newest_edit_stay_and_who_resumes_from_before_is_reset(log: RoomLog, folder: Path) -> None:
    assert log.compact().records == 5
    records = json.loads((folder / "lobby.json").read_bytes())
    assert [record["id"] for record in records] == [1, 2, 3, 6, 9, 10]
    assert (records[1]["message"], records[3]["message"]) == ("hello", "hello")
    assert records[0]["compacted"] == log.compacted_id == 10
    assert [text.message for text in log.texts(2)] == ["hello", "hello"]


def test_another_process_goes_on_with_the_compacted_file_in_the_same_epoch(log: RoomLog, folder: Path) -> None:
    other = JsonFileStore(folder, clock=impatient()).open("lobby")
    before = seen(other)
    log.compact()
    other.refresh()
    assert (seen(other), other.compacted_id) == (before, 10)
    (outcome,) = other.append([said("from there", author="bea")])
    assert outcome.record is not None
    assert outcome.record.id == 11
    log.refresh()
    assert seen(log) == seen(other)


def test_what_an_owner_has_written_between_the_records_stays(log: RoomLog, folder: Path) -> None:
    path = folder / "lobby.json"
    edited = path.read_bytes().replace(b',\n{"id":3,', b',\n\n  {"note":"kept","id":3,').replace(b'"cake"', b'"pie"')
    line = next(line for line in edited.split(b"\n") if b'"kept"' in line)
    bare = line[: line.index(b',"crc"')] + b"},"
    path.write_bytes(edited.replace(line, bare))
    log.refresh()
    log.compact()
    assert b"\n\n" + bare + b"\n" in path.read_bytes()
    assert log.damage is None


def test_a_damaged_room_is_not_compacted(log: RoomLog, folder: Path) -> None:
    path = folder / "lobby.json"
    path.write_bytes(path.read_bytes().replace(b'"cake"', b'"pie"'))
    content = path.read_bytes()
    with pytest.raises(RoomDamaged):
        log.compact()
    assert path.read_bytes() == content


def test_what_was_derived_from_the_room_goes_with_the_records(log: RoomLog, folder: Path) -> None:
    for name in (".lobby.search", ".lobby.search.edits", ".lobby.index"):
        (folder / name).write_bytes(b"x-mark")
    log.compact()
    assert sorted(path.name for path in folder.iterdir()) == [".lobby.lock", "lobby.json"]


def test_the_store_in_memory_compacts_too() -> None:
    log = MemoryLog("lobby", Quota())
    log.append([said("helo"), said("x-mark"), amendment("edit", "alice", target=2, message="hello")])
    log.append([amendment("delete", "alice", target=3), amendment("edit", "alice", target=2, message="hello!")])
    before = seen(log)
    assert log.compact().records == 3
    assert (seen(log), log.compacted_id) == (before, 6)


def test_the_last_record_stays_so_that_its_id_is_not_given_again(log: RoomLog, folder: Path) -> None:
    log.append([amendment("reaction", "bea", target=3, emoji="👎", on=True)])
    log.append([amendment("reaction", "bea", target=3, emoji="👎", on=False)])
    log.compact()
    records = json.loads((folder / "lobby.json").read_bytes())
    assert [record["id"] for record in records] == [1, 2, 3, 6, 9, 10, 12]
    (outcome,) = JsonFileStore(folder, clock=impatient()).append("lobby", [said("next")])
    assert outcome.record is not None
    assert outcome.record.id == 13
