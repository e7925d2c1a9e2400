"""PostgreSQL restarts, stops, refuses writes: senders hear of it, and nothing is lost or stored twice."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from chat.storage import Draft, StorageUnavailable
from chat.storage.database import postgresql
from chat.storage.database.connections import Row, Statement
from chat.storage.database.log import DatabaseLog
from chat.storage.database.plain_batch import STORE
from chat.storage.database.postgresql import PostgreSQLConnection
from chat.storage.database.store import DatabaseStore
from tests.support.servers.postgres_server import PostgresServer
from tests.support.storage.databases import database_store
from tests.support.storage.expected_history import said

WRITERS, BATCHES, MESSAGES = 6, 8, 5
IDLE = 6  # connections


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture
def store(own_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseStore]:
    monkeypatch.setattr(postgresql, "ANSWER_SECONDS", 2.0)
    store = database_store(own_server.new_database(), tmp_path, lock_seconds=1.0)
    yield store
    store.close()


@pytest.fixture
def log(store: DatabaseStore) -> DatabaseLog:
    """A room with one message, on a connection that is open and idle."""
    log = store.open("lobby")
    log.append([said("one", "1")])
    return log


def test_after_statements_that_failed_others_succeed(store: DatabaseStore) -> None:
    """Regression: psycopg took a statement for prepared that was skipped behind the failed one."""

    def divide(by: int) -> list[list[Row]]:
        statements = [Statement("select 6 / %s::int", (by,)), Statement("select 2 + %s::int", (by,))]
        return store._connections.read(None, *statements)

    for by in [0] * 8 + [1] * 3 + [0] * 3:
        with contextlib.nullcontext() if by else pytest.raises(StorageUnavailable, match="division by zero"):
            divide(by)
    assert divide(2) == [[(3,)], [(4,)]]


def texts(log: DatabaseLog) -> list[str | None]:
    log.refresh()
    records = log.page().records
    assert [record.id for record in records] == list(range(2, log.last_id + 1)), "no gap, and nothing twice"
    return [record.message for record in records]


def test_a_restart_between_two_batches_is_not_noticed(own_server: PostgresServer, log: DatabaseLog) -> None:
    own_server.stop()
    own_server.start()
    log.append([Draft(author="a", username="a", message="two")])
    assert texts(log) == ["one", "two"]


def test_a_restart_costs_one_new_connection_however_many_were_idle(
    own_server: PostgresServer, store: DatabaseStore, log: DatabaseLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = store._connections
    all_busy = threading.Barrier(IDLE)
    threads = [
        threading.Thread(target=connections.snapshot, args=(None, lambda _: all_busy.wait(60))) for _ in range(IDLE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    own_server.stop()
    own_server.start()
    connect, opened = connections.dialect.connect, []
    monkeypatch.setattr(connections.dialect, "connect", lambda: opened.append(connect()) or opened[-1])
    log.append([said("two", "2")])
    assert texts(log) == ["one", "two"]
    assert len(opened) == 1


def test_a_server_that_is_down_refuses_and_then_goes_on(own_server: PostgresServer, log: DatabaseLog) -> None:
    own_server.kill()
    for call in (lambda: log.append([said("two", "2")]), log.page, log.refresh):
        with pytest.raises(StorageUnavailable, match="on 127.0.0.1"):
            call()
    own_server.start()
    log.append([said("two", "2")])
    assert texts(log) == ["one", "two"]


def test_a_server_that_does_not_answer_is_given_up(own_server: PostgresServer, log: DatabaseLog) -> None:
    own_server.pause()
    try:
        with pytest.raises(StorageUnavailable):
            log.append([said("two", "2")])
    finally:
        own_server.resume()
    log.append([said("two", "2")])
    assert texts(log) == ["one", "two"]


def test_a_standby_refuses_until_it_takes_over(
    own_server: PostgresServer, log: DatabaseLog, store: DatabaseStore
) -> None:
    """A server that is read-only for new sessions is as good as one."""
    own_server.execute("alter role chatsite set default_transaction_read_only = on")
    own_server.stop()
    own_server.start()
    try:
        with pytest.raises(StorageUnavailable, match="read-only"):
            log.append([said("two", "2")])
        with pytest.raises(StorageUnavailable, match="read-only"):
            store.check_writable()
        assert log.page().records[-1].message == "one"
    finally:
        with psycopg.connect(own_server.url, autocommit=True, options="-c default_transaction_read_only=off") as admin:
            admin.execute("alter role chatsite reset default_transaction_read_only")
    log.append([said("two", "2")])  # the session that has read is still one of the standby, and is thrown away
    assert texts(log) == ["one", "two"]


@pytest.fixture
def lose_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it: the next answer to a commit does not arrive, though the server has carried it out."""
    run = PostgreSQLConnection.run
    lost: list[bool] = []

    def lose(self: PostgreSQLConnection, statements: Sequence[Statement]) -> list[list[Row]]:
        found = run(self, statements)
        last = statements[-1].sql
        if last in {"commit", STORE} and not lost:
            lost.append(True)
            self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return found

    return lambda: monkeypatch.setattr(PostgreSQLConnection, "run", lose)


def test_a_batch_whose_answer_is_lost_is_repeated_with_client_ids(
    log: DatabaseLog, lose_answer: Callable[[], None]
) -> None:
    lose_answer()
    outcomes = log.append([said("two", "2"), said("three", "3")])
    assert [outcome.repeated for outcome in outcomes] == [True, True]
    assert texts(log) == ["one", "two", "three"]


def test_a_batch_whose_answer_is_lost_is_refused_without_client_ids(
    log: DatabaseLog, lose_answer: Callable[[], None]
) -> None:
    lose_answer()
    with pytest.raises(StorageUnavailable, match="closed the connection"):
        log.append([Draft(author="a", username="a", message="two")])
    assert texts(log) == ["one", "two"]


def test_a_process_makes_do_with_the_connections_that_it_gets(own_server: PostgresServer, tmp_path: Path) -> None:
    """Regression: with fewer than 16, messages were refused and rooms could not be entered whenever many were busy."""
    url = own_server.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create role tenant login connection limit 1")
        connection.execute("grant all on all tables in schema public to tenant")
        connection.execute("grant all on all sequences in schema public to tenant")
    store = database_store(url.replace("chatsite@", "tenant@"), tmp_path)
    found: list[list[str | None]] = []

    def write(room: str) -> None:
        log = store.open(room)
        for number in range(5):
            log.append([said(str(number))])
        found.append(texts(log))

    threads = [threading.Thread(target=write, args=[f"room-{number}"]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["0", "1", "2", "3", "4"]] * WRITERS
    store.close()


def test_many_writers_in_one_room_make_neither_gaps_nor_doubles(own_server: PostgresServer, tmp_path: Path) -> None:
    url = own_server.new_database()
    stores = [database_store(url, tmp_path) for _ in range(WRITERS)]
    stored: list[list[int]] = []

    def write(number: int) -> None:
        log = stores[number].open("lobby")
        for batch in range(BATCHES):
            names = [f"{number // 2}-{batch}-{each}" for each in range(MESSAGES)]  # those of another writer, too
            outcomes = log.append([said(name, name) for name in names])
            stored.append([outcome.record.id for outcome in outcomes if outcome.record])

    threads = [threading.Thread(target=write, args=[number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = WRITERS // 2 * BATCHES * MESSAGES
    log = stores[0].open("lobby")
    records = log.page(limit=10_000).records
    assert [record.id for record in records] == list(range(2, count + 2))
    assert len({record.client_id for record in records}) == count == log.tally.messages
    for store in stores:
        store.close()
    assert sorted(each for batch in stored for each in batch) == sorted(2 * [record.id for record in records])
