"""A new room takes all its events at once, and is afterwards like one that they were appended to."""

from typing import cast

import msgspec
import pytest

from chat.storage import Draft, ReceivingStore, Record, StorageUnavailable, Store, Tally
from chat.storage.records import AnyRecord, MessageRecord
from tests.support.storage.installations import Installation

WHEN = "2020-01-02T03:04:05.678Z"


def events(count: int = 3) -> list[AnyRecord]:
    """Messages, the second of which answers the first; an edit of it and a reaction."""
    said: list[AnyRecord] = [
        MessageRecord(n, "message", "a1", "ada", f"text {n}", WHEN, f"c{n}", 2 if n == 3 else None, 2)
        for n in range(2, count + 2)
    ]
    later = {"username": "ada", "timestamp": WHEN, "target": 2, "batch": 2}
    last = count + 2
    return [
        *said,
        Record(id=last, type="edit", author="a1", message="better", client_id="e", **later),
        Record(id=last + 1, type="reaction", author="b2", emoji="\U0001f44b", on=True, client_id="r", **later),
    ]


def filling(store: Store) -> ReceivingStore:
    return cast(ReceivingStore, store)


def test_a_new_room_is_filled_at_once(stores: Installation, store: Store) -> None:
    assert filling(store).fill("tea", "Tea", "All of it", events()) is True
    assert stores.open().find("tea").tally == Tally(6, 3)
    for each in (store, stores.open()):
        log = each.open("tea")
        assert (log.name, log.topic, log.last_id, log.tally) == ("Tea", "All of it", 6, Tally(6, 3))
        first, second, third = log.items().items
        assert (first.record.message, first.edited, first.reactions[0].emoji) == ("better", WHEN, "\U0001f44b")
        assert (second.reply.id, third.record.timestamp) == (2, WHEN)
        log.close()
    assert store.verify("tea").damage is None


def test_members_without_a_value_are_not_written() -> None:
    said = MessageRecord(2, "message", "a1", "ada", "hi", WHEN)
    whole = Record(id=2, type="message", author="a1", username="ada", message="hi", timestamp=WHEN)
    assert msgspec.json.encode(said) == msgspec.json.encode(whole)


def test_a_filled_room_goes_on_and_finds_repeats(stores: Installation, store: Store) -> None:
    filling(store).fill("tea", "Tea", "", events())
    log = stores.open().open("tea")
    repeat, new = log.append(
        [
            Draft(author="a1", username="ada", message="text 2", client_id="c2"),
            Draft(author="a1", username="ada", message="new", client_id="c9", reply_to=4),
        ]
    )
    assert (repeat.repeated, new.record.id) == (True, 7)
    assert [info.tally for info in stores.open().rooms()] == [Tally(7, 4)]


def test_a_room_that_exists_is_not_touched(store: Store) -> None:
    store.create("tea", "Coffee")
    assert filling(store).fill("tea", "Tea", "", iter(events())) is False
    assert (store.open("tea").name, store.open("tea").last_id) == ("Coffee", 1)


def test_a_room_without_events_is_an_empty_room(store: Store) -> None:
    assert filling(store).fill("tea", "Tea", "", []) is True
    assert store.open("tea").append([Draft(author="a1", username="ada", message="hi")])[0].record.id == 2


def test_a_source_that_fails_leaves_a_room_that_can_be_used(store: Store) -> None:
    def broken():
        yield from events()[:2]
        raise StorageUnavailable("tea", "x-mark", "x")

    with pytest.raises(StorageUnavailable):
        filling(store).fill("tea", "Tea", "", broken())
    assert store.open("tea").append([Draft(author="a1", username="ada", message="hi", client_id="c9")])[0].record
    assert store.verify("tea").damage is None
