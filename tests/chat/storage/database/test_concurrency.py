"""What other processes commit between two statements, or while one waits for a lock."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chat.storage import FoldedMessage, StorageUnavailable
from chat.storage.database import postgresql, whole_room
from chat.storage.database.connections import Connections, Transaction
from chat.storage.database.postgresql import PostgreSQLConnection
from chat.storage.database.store import DatabaseStore
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.support.live_server import TIME_LIMIT
from tests.support.servers.postgres_server import PostgresServer
from tests.support.storage.databases import database_store
from tests.support.storage.drafts import deleted, edited, reacted
from tests.support.storage.expected_history import said


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture
def other(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of another process, in a transaction."""
    with psycopg.connect(url) as connection:
        yield connection


def run_until_it_waits(url: str, call: Callable[[], object]) -> threading.Thread:
    """Call a function in a thread; return when it waits for a lock of the database."""
    thread = threading.Thread(target=call)
    thread.start()
    with psycopg.connect(url, autocommit=True, options=f"-c statement_timeout={1000 * TIME_LIMIT:.0f}") as connection:
        while not connection.execute("select 1 from pg_locks where not granted").fetchone():
            assert thread.is_alive(), "it did not wait"
    return thread


def test_an_edit_that_is_committed_while_the_search_texts_are_filled_is_found(
    url: str, database: DatabaseStore, other: psycopg.Connection[Any]
) -> None:
    log = database.open("lobby")
    log.append([said("old"), said("kept"), edited(3, "newer")])
    other.execute("update chat_event set edit = 5, rev = 5 where id = 2")
    other.execute(
        "insert into chat_event (room_id, id, type, author, username, message, timestamp, target)"
        " select room_id, 5, 'edit', author, username, 'new', timestamp, 2 from chat_event where id = 2"
    )
    other.execute("update chat_room set last_id = 5")
    thread = run_until_it_waits(url, log.search_texts().advance)
    other.commit()
    thread.join()
    texts = other.execute("select id, search from chat_search_text order by id").fetchall()
    assert texts == [(2, "new\nalice\n"), (3, "newer\nalice\n")]
    assert database.verify("lobby").notes == []


def test_a_batch_locks_its_messages_in_the_order_of_the_search_texts(
    url: str, database: DatabaseStore, other: psycopg.Connection[Any]
) -> None:
    """In another order each could wait for the other, and PostgreSQL would end one of them."""
    log = database.open("lobby")
    log.append([said("one"), said("two")])
    lock = "select id from chat_event where id = %s for share"
    other.execute(lock, [2])
    thread = run_until_it_waits(url, lambda: log.append([edited(3, "dos"), edited(2, "uno")]))
    other.execute(lock, [3])
    other.commit()
    thread.join()
    assert [record.type for record in log.page().records] == ["message", "message", "edit", "edit"]


def test_a_page_has_no_reaction_that_is_newer_than_its_rev(
    url: str, database: DatabaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that resumes behind `rev` would count it twice."""
    log, store = database.open("lobby"), database_store(url, tmp_path)
    log.append([said("one"), reacted(2)])
    read, people = Connections.read, iter("abcdef")

    def read_and_react(*args: Any) -> object:
        found = read(*args)
        monkeypatch.setattr(Connections, "read", read)
        store.append("lobby", [reacted(2, author=next(people))])
        monkeypatch.setattr(Connections, "read", read_and_react)
        return found

    monkeypatch.setattr(Connections, "read", read_and_react)
    for message in (log.items().items[0], log.message(2)):
        assert isinstance(message, FoldedMessage)
        assert len(message.reactions[0].authors) == message.rev - 2
    store.close()


def test_a_room_is_verified_and_copied_as_it_was_at_one_moment(
    url: str, database: DatabaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_room, "READ_AT_ONCE", 2)
    log, store = database.open("lobby"), database_store(url, tmp_path)
    log.append([said("one"), said("two"), said("three"), said("four")])
    run, is_writing = PostgreSQLConnection.run, []

    def run_and_write(self: PostgreSQLConnection, statements: Any) -> object:
        found = run(self, statements)
        if "chat_search_text t" in statements[0].sql and not is_writing:
            is_writing.append(True)
            store.append("lobby", [deleted(2), deleted(5), said("late"), reacted(3)])
            is_writing.clear()
        return found

    monkeypatch.setattr(PostgreSQLConnection, "run", run_and_write)
    assert database.verify("lobby") == (5, [], None)
    before = [record.id for record in log.page().records]
    database.back_up("lobby", tmp_path / "lobby.json")
    copy = JsonFileStore(tmp_path).open("lobby")
    assert [record.id for record in copy.page().records] == before != [record.id for record in log.page().records]
    copy.close()
    store.close()


def test_verify_notes_reactions_that_do_not_fit_their_events(
    database: DatabaseStore, other: psycopg.Connection[Any]
) -> None:
    database.append("lobby", [said("one"), reacted(2), reacted(2, author="bob"), reacted(2, author="cy")])
    database.append("lobby", [reacted(2, author="cy", on=False)])
    assert database.verify("lobby").notes == []
    other.execute("delete from chat_reaction where author = 'bob'")
    other.execute("update chat_reaction set id = 6 where author = 'alice'")
    other.commit()
    assert database.verify("lobby").notes == ["2 reactions do not fit their events"]


def test_the_deadline_comes_back_after_a_long_transaction(database: DatabaseStore) -> None:
    """A COMMIT, and what is sent with it, is a part of the transaction."""
    seen: list[object] = []

    def work(transaction: Transaction) -> None:
        transaction.wait_longer()
        connection: Any = transaction._connection
        wait = connection._connection.wait
        connection._connection.wait = lambda *args: (seen.append(connection._connection.answer_seconds), wait(*args))[1]
        transaction.commit()
        seen.append(connection._connection.answer_seconds)

    database._connections.write("lobby", work)
    assert set(seen[:-1]) == {None}
    assert seen[-1] is not None


def test_who_waits_too_long_for_a_room_is_told_that_somebody_writes_to_it(
    url: str, other: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: commands may wait for a minute, and the deadline of 10 s for an answer ended that."""
    monkeypatch.setattr(postgresql, "ANSWER_SECONDS", 0.2)
    store = database_store(url, tmp_path, lock_seconds=0.8)
    log = store.open("lobby")
    log.append([said("one")])
    other.execute("select 1 from chat_room for update")
    with pytest.raises(StorageUnavailable, match="another process is writing to this room"):
        log.clear(2)
    store.close()


def test_a_room_that_is_there_is_not_created_and_not_refused(url: str, tmp_path: Path) -> None:
    owner, visitor = database_store(url, tmp_path), database_store(url, tmp_path, Quota(max_rooms=1))
    assert [owner.create("one", "One"), owner.create("two", "Two")] == [True, True]
    assert visitor.create("one", "One") is False
    for store in (owner, visitor):
        store.close()
