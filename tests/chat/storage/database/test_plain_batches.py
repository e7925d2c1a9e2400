"""A batch of new messages is one statement; whatever is not new, or not a message alone, goes the general way."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from chat.storage import Draft, StorageFull, StorageUnavailable
from chat.storage.database.connections import Row, Statement
from chat.storage.database.log import DatabaseLog
from chat.storage.database.postgresql import PostgreSQLConnection
from chat.storage.quota import Quota
from tests.support.servers.postgres_server import PostgresServer
from tests.support.storage.databases import database_store
from tests.support.storage.expected_history import said


@pytest.fixture
def log(postgres: PostgresServer, tmp_path: Path) -> Iterator[DatabaseLog]:
    store = database_store(postgres.new_database(), tmp_path)
    log = store.open("lobby")
    log.append([said("one", "1")])
    yield log
    store.close()


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows came back with each."""
    found: list[int] = []
    run = PostgreSQLConnection.run

    def counted(self: PostgreSQLConnection, statements: Sequence[Statement]) -> list[list[Row]]:
        rows = run(self, statements)
        found.append(sum(map(len, rows)))
        return rows

    monkeypatch.setattr(PostgreSQLConnection, "run", counted)
    return found


def _texts(log: DatabaseLog) -> list[tuple[int, str | None]]:
    return [(record.id, record.message) for record in log.page().records]


def test_new_messages_are_one_round_trip(log: DatabaseLog, round_trips: list[int]) -> None:
    log.append([said("two", "2"), said("three", "3")])
    assert len(round_trips) == 1
    assert _texts(log) == [(2, "one"), (3, "two"), (4, "three")]
    assert (log.last_id, log.tally.messages) == (4, 3)


def test_a_room_that_grew_meanwhile_moves_the_ids_on(log: DatabaseLog, round_trips: list[int]) -> None:
    other = DatabaseLog(log._connections, "lobby", Quota())
    other.refresh()
    other.append([said("theirs", "t"), said("also theirs", "u")])
    del round_trips[:]
    outcomes = log.append([said("mine", "m"), said("mine too", "n")])
    assert len(round_trips) == 1
    assert [(each.record and each.record.id, each.record and each.record.batch) for each in outcomes] == [
        (5, 5),
        (6, 5),
    ]
    assert _texts(log)[-2:] == [(5, "mine"), (6, "mine too")]
    assert [record.batch for record in log.page().records[-2:]] == [5, 5]


def test_texts_with_the_signs_of_an_array_stay_what_they_are(log: DatabaseLog) -> None:
    texts = ['{"a","b"}', "NULL", "", "\\", '\\"', "a,b", "{}", "one\ntwo\ttabs", "'; drop", " ", "\x01", "🥚"]
    log.append([said(text, f"id {text}") for text in texts])
    assert [text for _, text in _texts(log)] == ["one", *texts]
    assert [record.client_id for record in log.page().records[1:]] == [f"id {text}" for text in texts]


@pytest.mark.parametrize("texts", [["\0"], ["a\0b"], ["\0", "\0"], ["fine", "not\0", "fine"]])
def test_a_text_that_postgresql_cannot_store_is_refused_and_named(log: DatabaseLog, texts: list[str]) -> None:
    with pytest.raises(StorageUnavailable, match=r"U\+0000"):
        log.append([said(text, f"{number}") for number, text in enumerate(texts, 10)])
    assert _texts(log) == [(2, "one")]
    log.append([said("two", "2")])
    assert _texts(log) == [(2, "one"), (3, "two")]


def test_repeats_among_new_messages_are_found(log: DatabaseLog) -> None:
    """More often than a statement is executed before it is prepared."""
    for number in range(12):
        outcomes = log.append([said(f"new {number}", f"n{number}"), said("one", "1")])
        assert [each.repeated for each in outcomes] == [False, True]
    assert [record_id for record_id, _ in _texts(log)] == list(range(2, 15))
    assert log.tally.messages == 13


def test_a_removed_room_begins_anew(log: DatabaseLog) -> None:
    other = DatabaseLog(log._connections, "lobby", Quota())
    other.refresh()
    assert other.remove(other.epoch, other.last_id)
    epoch = log.epoch
    log.append([said("again", "a")])
    assert log.epoch != epoch
    assert _texts(log) == [(2, "again")]


def test_a_full_room_takes_nothing_in(log: DatabaseLog) -> None:
    full = DatabaseLog(log._connections, "lobby", Quota(max_room_bytes=1000))
    full.refresh()
    with pytest.raises(StorageFull):
        full.append([said("x" * 900, "2")])
    assert _texts(full) == [(2, "one")]
    full.append([said("short", "3")])
    assert _texts(full) == [(2, "one"), (3, "short")]


@pytest.mark.parametrize("count", [20, 400])
def test_a_reaction_does_not_read_the_others(log: DatabaseLog, round_trips: list[int], count: int) -> None:
    reaction: Callable[[int], Draft] = lambda number: Draft(  # noqa: E731
        type="reaction", author=f"a{number}", username="a", target=2, emoji="👍", on=True, client_id=f"r{number}"
    )
    log.append([reaction(number) for number in range(count)])
    del round_trips[:]
    log.append([reaction(count)])
    assert sum(round_trips) < 20
