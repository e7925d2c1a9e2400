"""How many messages a room has had: clears, imports and what clears leave do not count as messages."""

import msgspec

from chat.storage import Tally
from tests.support.storage.expected_history import said
from tests.support.storage.installations import Installation


def tallies(stores: Installation) -> Tally:
    """As the log of another process and the room list both say."""
    listed, opened = stores.open().rooms()[0].tally, stores.open().open("lobby").tally
    assert listed == opened
    return opened


def test_every_message_counts(stores: Installation) -> None:
    log = stores.open().open("lobby")
    assert log.tally == Tally(1, 0, 0)
    log.append([said("one"), said("two")])
    log.append([said("three")])
    assert log.tally == tallies(stores) == Tally(4, 3, 0)


def test_a_clear_is_no_message_and_does_not_lower_the_count(stores: Installation) -> None:
    log = stores.open().open("lobby")
    log.append([said(str(number)) for number in range(10)])
    log.clear(6)  # 5 messages
    assert log.tally == tallies(stores) == Tally(12, 10, 5)
    log.append([said("one more")])
    log.clear(10)  # 4 messages; the record of the first clear stays
    assert log.tally == tallies(stores) == Tally(14, 11, 9)
    log.append([said("last")])
    log.clear(log.last_id)  # 3 messages, and the records of both clears
    assert log.tally == tallies(stores) == Tally(16, 12, 12)


def test_another_process_that_clears_is_followed(stores: Installation) -> None:
    log = stores.open().open("lobby")
    log.append([said("one"), said("two")])
    stores.open().open("lobby").clear(2)
    log.refresh()
    assert log.tally == tallies(stores) == Tally(4, 2, 1)


def test_ids_that_an_import_leaves_free_are_no_messages(stores: Installation) -> None:
    stores.open().open("lobby").append([said("one"), msgspec.structs.replace(said("two"), id=100)])
    assert tallies(stores) == Tally(100, 2, 0)
