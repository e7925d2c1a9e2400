"""A compaction drops what changes nothing: everything that can be seen of a room is the same before and after."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.storage import Compaction, Draft, Refusal
from tests.support.effort import effort
from tests.support.storage.compactions import amendment, drafts, seen
from tests.support.storage.drafts import deleted, edited, reacted
from tests.support.storage.expected_history import said
from tests.support.storage.installations import Installation

NUMBERS = count()


@settings(max_examples=effort(8, torture=500), suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(st.lists(drafts, min_size=5, max_size=25))
def test_whatever_was_said_it_looks_the_same_afterwards(stores: Installation, batch: list[Draft]) -> None:
    room = f"room-{next(NUMBERS)}"
    log = stores.open().open(room)
    log.append([said("first"), said("second", author="bea")])
    for draft in batch:
        log.append([draft])
    before = seen(log)
    expected = log.compact(dry_run=True)
    assert seen(log) == before
    assert log.compact() == expected
    assert seen(log) == before == seen(stores.open().open(room))
    assert log.compacted_id == (log.last_id if expected.records else 0)
    assert log.compact() == Compaction(0, 0), "once more there is nothing to do"
    log.append([said("and on")])
    assert log.last_id == before[5] + 1  # type: ignore[operator]


def test_a_message_that_was_dropped_is_not_found(stores: Installation) -> None:
    """Its delete stays. A client that was away sends amendments of such a message."""
    log = stores.open().open("lobby")
    log.append([said("x-mark"), deleted(2), said("last")])
    log.compact()
    for each in (log, stores.open().open("lobby")):
        outcomes = each.append([edited(2, "new"), reacted(2), deleted(2), said("and on")])
        assert [outcome.refusal for outcome in outcomes] == [Refusal.NOT_FOUND] * 3 + [None]


def test_deletes_and_the_newest_edit_stay_with_their_ids(stores: Installation) -> None:
    log = stores.open().open("lobby")
    log.append([said("helo"), said("cake", author="bea"), said("x-mark", "c-1")])
    log.append([edited(2, "hallo"), edited(2, "hello"), reacted(3), reacted(3, on=False), deleted(4), said("last")])
    other = stores.open().open("lobby")
    other.refresh()
    epoch = other.epoch
    assert log.compact().records == 5
    other.refresh()
    for each in (log, other, stores.open().open("lobby")):
        assert [record.id for record in each.page().records] == [2, 3, 6, 9, 10]
        assert (each.epoch, each.compacted_id, each.tally.messages) == (epoch, 10, 4)
    assert other.append([amendment("topic", "bea", topic="tea")])[0].record.id == 11
    log.append([reacted(2), reacted(2, on=False)])
    log.compact()
    assert stores.open().append("lobby", [said("next")])[0].record.id == 14, "the id of what is dropped is not reused"
