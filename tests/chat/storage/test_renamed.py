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
