"""Rooms: created once, listed by name, cleared and removed for good; the quota limits what visitors may store."""

import contextlib
from pathlib import Path

import pytest

from chat.storage import Draft, RoomInfo, RoomLog, StorageFull, Store, Tally
from tests.support.storage.drafts import amended, deleted, edited, reacted, shown
from tests.support.storage.expected_history import said
from tests.support.storage.installations import Installation


def test_a_room_is_created_once(stores: Installation, store: Store) -> None:
    assert store.create("tea", "Tea") is True
    assert store.create("tea", "Coffee") is False
    assert stores.open().create("tea", "Cocoa") is False
    log = stores.open().open("tea")
    assert (log.name, log.exists, log.last_id) == ("Tea", True, 1)
    log.append([said("hi")])
    (info,) = store.rooms()
    assert info._replace(changed_ns=0) == RoomInfo("tea", "Tea", Tally(2, 1))
    assert store.find("tea") == info
    assert store.find("coffee") is None


def test_the_room_list_is_in_the_order_of_names(store: Store) -> None:
    for room, name in (("b", "beta"), ("c", "Alpha"), ("a", "Gamma"), ("d", "alpha")):
        store.create(room, name)
    assert [(info.room, info.name) for info in store.rooms()] == [
        ("c", "Alpha"),
        ("d", "alpha"),
        ("b", "beta"),
        ("a", "Gamma"),
    ]


def test_a_room_that_was_renamed_is_listed_by_its_new_name(stores: Installation) -> None:
    stores.open().append("lobby", [amended("room_name", name="The Bakery")])
    assert [info.name for info in stores.open().rooms()] == ["The Bakery"]
    assert stores.open().open("lobby").name == "The Bakery"


def test_the_room_list_says_when_something_was_stored_last(store: Store) -> None:
    store.append("one", [said("hi")])
    store.append("two", [said("hi")])
    store.append("one", [said("again")])
    changed = {info.room: info.changed_ns for info in store.rooms()}
    assert 10**18 < changed["two"] <= changed["one"]


# Clearing


@pytest.mark.parametrize(("through", "left"), [(0, [2, 3, 4, 5]), (3, [4, 5]), (5, []), (999, []), (-1, [2, 3, 4, 5])])
def test_a_clear_drops_what_it_is_told_and_says_so(through: int, left: list[int], stores: Installation) -> None:
    log = stores.open().open("lobby")
    log.append([said("one"), said("two")])
    log.append([said("three"), said("four")])
    cleared = log.clear(through)
    assert (cleared.id, cleared.type, cleared.target) == (6, "clear", max(0, min(through, 5)))
    for each in (log, stores.open().open("lobby")):
        assert [record.id for record in each.page().records] == [*left, 6]
    assert log.append([said("five")])[0].record.id == 7, "ids are never used again"


def test_a_room_can_be_cleared_twice_and_when_it_is_empty(stores: Installation) -> None:
    log = stores.open().open("lobby")
    epoch = log.epoch
    assert [log.clear(99).id, log.clear(99).id] == [2, 3]
    assert [record.id for record in stores.open().open("lobby").page().records] == [3]
    assert stores.open().open("lobby").epoch == epoch


def test_a_clear_by_another_process_is_seen_after_a_refresh(stores: Installation) -> None:
    alice, bob = stores.open().open("lobby"), stores.open().open("lobby")
    alice.append([said("one"), said("two")])
    bob.refresh()
    epoch = bob.epoch
    alice.clear(2)
    bob.refresh()
    assert ([record.message for record in bob.page().records], bob.epoch) == (["two", None], epoch)
    bob.append([said("three")])
    alice.refresh()
    assert [record.id for record in alice.page().records] == [3, 4, 5]


def test_a_batch_goes_behind_a_clear_that_was_not_noticed(stores: Installation) -> None:
    alice, bob = stores.open().open("lobby"), stores.open().open("lobby")
    alice.append([said("one"), said("two")])
    bob.refresh()
    alice.clear(99)
    assert bob.append([said("three")])[0].record.id == 5
    assert [record.message for record in bob.page().records] == [None, "three"]


def test_a_repeat_of_what_was_cleared_is_a_new_message(stores: Installation, log: RoomLog) -> None:
    log.append([said("one", "c-1")])
    log.clear(2)
    (outcome,) = log.append([said("one", "c-1")])
    assert (outcome.record.id, outcome.repeated) == (4, False)


def test_the_words_of_what_is_cleared_are_gone(stores: Installation, log: RoomLog) -> None:
    log.append([said("x-mark one"), edited(2, "x-mark two"), said("kept")])
    assert "x-mark" in stores.stored()
    log.clear(3)
    assert "x-mark" not in stores.stored()
    assert "kept" in stores.stored()


def test_what_was_said_later_about_cleared_messages_goes_with_them(stores: Installation, log: RoomLog) -> None:
    """Regression: the words of an edit stayed when the message went."""
    log.append([said("one"), said("two"), edited(3, "two, corrected")])
    log.append([edited(2, "x-mark edit"), reacted(2, "🎈"), said("kept"), reacted(3), said("last")])
    log.append([edited(2, "x-mark again")])
    log.clear(2)
    assert "x-mark" not in stores.stored()
    for each in (log, stores.open().open("lobby")):
        assert [record.id for record in each.page().records] == [3, 4, 7, 8, 9, 11]
        assert shown(each) == [(3, "two, corrected", 8), (7, "kept", 7), (9, "last", 9)]


def test_nothing_but_the_clear_is_left_if_all_else_was_about_cleared_messages(
    stores: Installation, log: RoomLog
) -> None:
    log.append([said("one"), edited(2, "x-mark"), reacted(2)])
    log.clear(2)
    assert "x-mark" not in stores.stored()
    for each in (log, stores.open().open("lobby")):
        assert [record.type for record in each.page().records] == ["clear"]
    assert log.append([said("two")])[0].record.id == 6


# Deleting


def test_the_words_are_gone_when_a_delete_is_acknowledged(stores: Installation, log: RoomLog) -> None:
    log.append([said("my pässword is X-Mark 🔑", "c"), edited(2, "it was x-mark two"), said("kept", author="bea")])
    assert "x-mark" in stores.stored().casefold()
    log.append([deleted(2)])
    assert "x-mark" not in stores.stored().casefold()
    assert "pässword" not in stores.stored()
    assert "kept" in stores.stored()


def test_another_process_does_not_show_what_was_deleted(stores: Installation, log: RoomLog) -> None:
    log.append([said("one"), said("gone"), reacted(3), said("three")])
    other = stores.open().open("lobby")
    assert other.message(3) is not None
    log.append([deleted(3)])
    other.refresh()
    assert other.message(3) is None
    assert [record.id for record in other.page(before=6).records] == [2, 4, 5]
    assert [item.record.id for item in other.items().items] == [2, 5]
    assert other.append([edited(3, "late")])[0].record is None


# Removing


def test_a_room_is_removed_if_it_is_the_known_one(stores: Installation, store: Store) -> None:
    log = stores.open().open("garden")
    log.append([said("hi")])
    assert not store.remove("garden", "another epoch", log.last_id)
    assert not store.remove("garden", log.epoch, log.last_id - 1)
    assert store.find("garden") is not None
    assert store.remove("garden", log.epoch, log.last_id)
    assert (store.rooms(), store.find("garden")) == ([], None)
    assert not store.remove("garden", log.epoch, log.last_id)
    assert "garden" not in stores.stored()


def test_every_process_that_knows_a_removed_room_gives_it_the_same_epoch(stores: Installation) -> None:
    """Otherwise the first message in it would let the clients of the other processes begin anew once more."""
    log, other = stores.open().open("garden"), stores.open().open("garden")
    log.append([said("hi")])
    other.refresh()
    before = log.epoch
    assert stores.open().remove("garden", log.epoch, log.last_id)
    log.refresh()
    other.refresh()
    assert log.epoch == other.epoch != before
    assert (log.exists, log.last_id) == (False, 1)
    log.append([said("a new beginning")])
    other.refresh()
    assert log.epoch == other.epoch == stores.open().open("garden").epoch
    assert [record.message for record in other.page().records] == ["a new beginning"]


def test_a_removed_room_leaves_its_name_and_topic_to_nobody(stores: Installation) -> None:
    """Regression: the first message after a squatter's room was removed gave the new room the name of the old one."""
    log = stores.open().open("garden")
    log.append([said("hi"), Draft(author="m", username="mallory", type="room_name", name="Cheap Pills")])
    log.append([Draft(author="m", username="mallory", type="topic", topic="Buy here")])
    assert stores.open().remove("garden", log.epoch, log.last_id)
    log.refresh()
    assert (log.name, log.topic) == ("garden", "")
    log.append([said("a new beginning")])
    again = stores.open().open("garden")
    assert (log.name, again.name, again.topic) == ("garden", "garden", "")


def test_nobody_waits_after_a_room_was_removed(stores: Installation) -> None:
    log = stores.open().open("garden")
    log.append([said("hi")])
    assert stores.open().remove("garden", log.epoch, log.last_id)
    assert log.append([said("a new beginning")])[0].record.id == 2


# The owner


def test_a_room_is_verified_and_its_copy_can_be_imported(stores: Installation, log: RoomLog, tmp_path: Path) -> None:
    log.append([said("one"), said("two"), edited(3, "zwei"), deleted(2)])
    found = stores.open().verify("lobby")
    assert (found.damage, found.records > 3) == (None, True)
    copy = tmp_path / "copy"
    stores.open().back_up("lobby", copy)
    assert copy.stat().st_mode & 0o077 == 0
    assert "zwei" in copy.read_text()
    with pytest.raises(FileExistsError):
        stores.open().back_up("lobby", copy)


def test_every_default_path_of_a_copy_is_a_new_one(store: Store) -> None:
    store.append("lobby", [said("hi")])
    path = store.default_backup_path("lobby")
    store.back_up("lobby", path)
    assert store.default_backup_path("lobby") != path


def test_a_working_store_is_writable(store: Store) -> None:
    store.check_writable()


# The quota


def fill(log: RoomLog, text: str) -> int:
    """Append until the quota is used up; returns the number of messages."""
    with contextlib.suppress(StorageFull):
        for _ in range(500):
            log.append([said(text)])
    return log.last_id - 1


def test_a_full_room_takes_deletes_and_repeats_only(stores: Installation) -> None:
    log = stores.open(max_room_bytes=5000).open("lobby")
    (first,) = log.append([said("x-mark", "c-1")])
    assert 3 < fill(log, "x" * 100) < 100
    for batch in ([said("x" * 100)], [deleted(2), said("x" * 100)]):
        with pytest.raises(StorageFull, match="grown to its limit"):
            log.append(batch)
    (again,) = log.append([said("x-mark", "c-1")])
    assert (again.repeated, again.record.id) == (True, first.record.id)
    assert log.append([deleted(2)])[0].record.type == "delete"
    assert "x-mark" not in stores.stored()


def test_only_so_many_rooms_can_be_made_and_those_that_are_there_go_on(stores: Installation) -> None:
    rooms = stores.open(max_rooms=3)
    for name in ("one", "two"):
        rooms.open(name).append([said("hi")])
    assert rooms.create("three", "Three")
    for _ in range(2):
        with pytest.raises(StorageFull, match="as many rooms"):
            rooms.open("four").append([said("hi")])
        with pytest.raises(StorageFull, match="as many rooms"):
            rooms.create("five", "Five")
    assert not rooms.create("two", "Two again"), "it is there"
    rooms.open("one").append([said("still")])
    assert rooms.open("lobby").append([said("the lobby can always be made")])[0].record
    assert sorted(info.room for info in rooms.rooms()) == ["lobby", "one", "three", "two"]


def test_the_owners_commands_have_no_quota(stores: Installation) -> None:
    log = stores.open(max_room_bytes=2000).open("lobby")
    fill(log, "x" * 100)
    owner = stores.open().open("lobby")
    owner.clear(owner.last_id - 1)
    owner.append([said("y" * 5000)])
    log.refresh()
    with pytest.raises(StorageFull):
        log.append([said("z")])
