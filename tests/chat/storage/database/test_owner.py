"""Deletes reach every table; rooms are cleared, removed, verified and copied like those of files."""

from pathlib import Path

import psycopg
import pytest

from chat.search.room_search import RoomSearch
from chat.storage import Draft, StorageFull
from chat.storage.database.store import DatabaseStore
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.support.servers.postgres_server import PostgresServer
from tests.support.storage.databases import database_store
from tests.support.storage.expected_history import said

TABLES = ("chat_room", "chat_event", "chat_reaction", "chat_search_text", "chat_searched_room")


def amendment(kind: str, target: int, **fields: object) -> Draft:
    return Draft(type=kind, author=said("", "").author, username="ada", target=target, **fields)  # type: ignore[arg-type]


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_database()


def everything(url: str) -> str:
    """All rows of all tables, as text."""
    with psycopg.connect(url) as connection:
        return "\n".join(str(connection.execute(f"select * from {each}").fetchall()) for each in TABLES)  # noqa: S608


def test_a_delete_takes_the_words_out_of_every_table(url: str, database: DatabaseStore) -> None:
    log = database.open("lobby")
    log.append([said("a-mark", "1"), said("kept", "2")])
    log.append([amendment("edit", 2, message="b-mark"), amendment("reaction", 2, emoji="🎉", on=True)])
    search = RoomSearch(log)
    log.search_texts().advance()
    assert {"a-mark", "b-mark", "kept"} <= {word for word in ("a-mark", "b-mark", "kept") if word in everything(url)}
    log.append([amendment("delete", 2)])
    assert "mark" not in everything(url)
    assert "🎉" not in str(log.items())
    assert [each.record.message for each in search.verified(_query("kept"), [2, 3])] == ["kept"]
    assert database.verify("lobby") == (6, [], None)


def _query(word: str) -> object:
    from chat.search.query import parse_query

    return parse_query(word)


def test_a_message_deleted_in_its_own_batch_has_no_words(url: str, database: DatabaseStore) -> None:
    database.append("lobby", [said("a-mark", "1"), amendment("edit", 2, message="b-mark"), amendment("delete", 2)])
    assert "mark" not in everything(url)


def test_a_removed_room_leaves_nothing(url: str, database: DatabaseStore) -> None:
    log = database.open("lobby")
    log.append([said("a-mark", "1")])
    log.append([amendment("reaction", 2, emoji="🎉", on=True)])
    log.search_texts().advance()
    assert not database.remove("lobby", log.epoch, log.last_id - 1)
    assert database.remove("lobby", log.epoch, log.last_id)
    assert set(everything(url).split("\n")) == {"[]"}
    before = log.epoch
    log.refresh()
    assert (log.exists, log.epoch != before) == (False, True)
    assert log.append([said("new", "2")])[0].record.id == 2  # type: ignore[union-attr]


def test_a_copy_is_a_room_file(database: DatabaseStore, tmp_path: Path) -> None:
    database.create("garden", "The Garden")
    log = database.open("garden")
    log.append([said("one", "1"), said("zwei 🎉", "2")])
    log.append([amendment("edit", 2, message="first")])
    target = tmp_path / "files" / "garden.json"
    target.parent.mkdir()
    database.back_up("garden", target)
    copy = JsonFileStore(target.parent).open("garden")
    assert (copy.name, copy.epoch, copy.last_id) == ("The Garden", log.epoch, log.last_id)
    assert [each.record.message for each in copy.items().items] == ["first", "zwei 🎉"]  # type: ignore[union-attr]
    copy.close()
    with pytest.raises(FileExistsError):
        database.back_up("garden", target)


def test_the_quota_holds(url: str, tmp_path: Path) -> None:
    store = database_store(url, tmp_path, Quota(max_rooms=1, max_room_bytes=2000))
    log = store.open("lobby")
    log.append([said("x" * 1000, "1")])
    with pytest.raises(StorageFull, match="grown to its limit"):
        log.append([said("y" * 1000, "2")])
    assert log.append([said("x" * 1000, "1")])[0].repeated
    log.append([amendment("delete", 2)])
    assert store.create("one", "One")
    with pytest.raises(StorageFull, match="as many rooms"):
        store.create("two", "Two")
    with pytest.raises(StorageFull, match="as many rooms"):
        store.append("three", [said("x", "1")])
    assert [info.room for info in store.rooms()] == ["lobby", "one"]
    assert store.look(["lobby", "nowhere"]) == {"lobby": (log.epoch, 3)}
    store.check_writable()
    store.close()
