"""Pages of a room's history, in both directions and at every limit."""

import pytest

from chat.storage import RoomLog, Store
from chat.storage.folding import item_id
from tests.support.storage.drafts import reacted
from tests.support.storage.expected_history import said
from tests.support.storage.numbered_messages import IDS, numbered_log, page


@pytest.fixture
def log(store: Store) -> RoomLog:
    return numbered_log(store)


def test_the_newest_page_comes_without_being_asked_for_an_id(log: RoomLog) -> None:
    assert page(log, limit=3) == ([9, 10, 11], False)
    assert page(log, limit=10) == (IDS, True)
    assert page(log) == (IDS, True)


def test_every_page_is_the_slice_of_the_whole_that_it_should_be(log: RoomLog) -> None:
    for limit in (1, 2, 9, 10, 11):
        for border in range(-1, 15):
            older = [number for number in IDS if number < border]
            newer = [number for number in IDS if number > border]
            assert page(log, before=border, limit=limit) == (older[-limit:], len(older) <= limit)
            assert page(log, after=border, limit=limit) == (newer[:limit], len(newer) <= limit)


def test_both_borders_give_what_lies_between(log: RoomLog) -> None:
    assert page(log, after=3, before=7) == ([4, 5, 6], True)
    assert page(log, after=3, before=7, limit=2) == ([4, 5], False)
    assert page(log, after=7, before=3) == ([], True)


def test_numbers_that_no_id_can_be_are_borders_too(log: RoomLog) -> None:
    assert page(log, before=10**30, limit=1) == ([11], False)
    assert page(log, after=10**30) == ([], True)
    assert page(log, before=-(10**30)) == ([], True)
    assert page(log, limit=0)[0] == []


def test_the_rooms_own_record_is_on_no_page(log: RoomLog, store: Store) -> None:
    assert page(log, after=0)[0] == IDS
    assert page(log, before=2) == ([], True)
    store.create("quiet", "Quiet")
    assert store.open("quiet").page() == ([], True)


def test_pages_go_on_across_a_clear(log: RoomLog) -> None:
    log.clear(6)
    log.append([said("13")])
    assert [record.id for record in log.page(after=0).records] == [7, 8, 9, 10, 11, 12, 13]
    assert page(log, after=3, limit=2) == ([7, 8], False)
    assert page(log, before=8) == ([7], True)


def test_a_page_is_bounded_by_the_reactions_to_its_messages(log: RoomLog) -> None:
    names = ["x" * 400 + str(number) for number in range(400)]
    log.append([reacted(target, author=name) for target in IDS[-3:] for name in names])
    items, complete = log.items(limit=3)
    assert ([item_id(item) for item in items], complete) == (IDS[-1:], False)
    assert [item_id(item) for item in log.items(after=8, limit=3).items] == IDS[-3:-2]
