"""A room's file that is renamed while the room is open."""

from pathlib import Path

import pytest

from chat.storage import RoomUnusable
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.expected_history import said
from tests.support.storage.hand_edits import ids


@pytest.fixture
def party(store: JsonFileStore, folder: Path) -> Path:
    store.create("party", "Garden Party")
    store.open("party").append([said("one")])
    return folder / "party.json"


def test_no_second_room_of_the_same_name_comes_up(store: JsonFileStore, party: Path) -> None:
    """Regression: the next message made a new file of the old name, and there were two rooms "Garden Party"."""
    log = store.open("party")
    party.rename(party.with_name("summer-party.json"))
    for _ in range(3):
        assert log.changed()
        with pytest.raises(RoomUnusable, match="its file was renamed to summer-party.json"):
            log.refresh()
        with pytest.raises(RoomUnusable, match=r"summer-party\.json"):
            log.append([said("two")])
    assert [(info.room, info.name) for info in store.rooms()] == [("summer-party", "Garden Party")]
    moved = store.open("summer-party")
    assert (moved.name, moved.epoch, ids(moved)) == ("Garden Party", log.epoch, [2])


def test_it_goes_on_when_the_file_has_its_name_again(store: JsonFileStore, party: Path) -> None:
    log = store.open("party")
    moved = party.rename(party.with_name("summer-party.json"))
    with pytest.raises(RoomUnusable):
        log.append([said("two")])
    moved.rename(party)
    log.append([said("two")])
    assert ids(log) == [2, 3]


def test_a_new_visitor_of_the_old_address_finds_a_room_of_that_address(store: JsonFileStore, party: Path) -> None:
    """Nobody was in the room: it is an address as any other."""
    party.rename(party.with_name("summer-party.json"))
    log = store.open("party")
    log.append([said("hello?")])
    assert sorted(info.name for info in store.rooms()) == ["Garden Party", "party"]


def test_a_file_that_got_the_inode_of_a_removed_one_is_another_room(store: JsonFileStore, party: Path) -> None:
    """Regression: `rm party.json`, another room's file is replaced, and the new one got the free inode.

    The room was refused for good, as one that was renamed.
    """
    store.open("garden").append([said("elsewhere")])
    garden, log = party.with_name("garden.json"), store.open("party")
    content, inode = garden.read_bytes(), party.stat().st_ino
    party.replace(garden).write_bytes(content)
    assert garden.stat().st_ino == inode
    log.refresh()
    log.append([said("again")])
    assert ids(log) == [2]
    assert garden.read_bytes() == content
