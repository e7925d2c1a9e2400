"""What `manage.py check` says of a database, and search in one without its index."""

import dataclasses
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.checks import CheckMessage

from chat.search import room_search
from chat.search.budget import Budget
from chat.search.query import parse_query
from chat.search.room_search import RoomSearch, find
from chat.storage import StorageUnavailable
from chat.storage.database.checks import SEARCH_INDEX, system_checks
from tests.support.servers.postgres_server import PostgresServer, migrate
from tests.support.storage.databases import database_store
from tests.support.storage.expected_history import said


def found(url: str) -> list[CheckMessage]:
    return system_checks(dataclasses.replace(settings.CHAT, database_url=url))


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def test_a_migrated_database_has_no_mistakes(url: str) -> None:
    assert found(url) == []


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_database_without_tables_is_a_warning(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").new_database(empty=True)
    else:
        url = f"sqlite:///{tmp_path}/empty.sqlite"
    (message,) = found(url)
    assert (message.id, message.hint) == ("chat.W010", "Run: manage.py migrate")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://chatsite:wr%40ng-word@127.0.0.1:1/chat", "Connection refused"),
        ("postgresql://chatsite:wr%40ng-word@/chat?host=/no/such/folder", "No such file"),
        ("sqlite:////no/such/folder/chat.sqlite", "unable to open"),
    ],
)
def test_a_database_that_cannot_be_reached_is_named_without_its_password(url: str, why: str) -> None:
    (message,) = found(url)
    assert message.id == "chat.W007"
    assert why in message.msg
    assert not any(word in str(message) for word in ("wr%40ng-word", "wr@ng-word"))


def test_a_refused_password_is_a_warning_without_it(postgres: PostgresServer) -> None:
    url = postgres.new_database().replace("chatsite@", "nobody:wr%40ng-word@")
    (message,) = found(url)
    assert message.id == "chat.W007"
    assert '"nobody" does not exist' in message.msg
    assert "wr@ng-word" not in str(message)


def test_a_locale_whose_letters_are_ascii_is_a_warning(postgres: PostgresServer) -> None:
    postgres.execute("create database {} template template0 lc_ctype 'C'", "of_locale_c")
    url = postgres.url_of("of_locale_c")
    execute(url, "create table chat_event ()", "create table chat_search_text (search text)", *SEARCH_INDEX)
    (message,) = found(url)
    assert message.id == "chat.W009"
    assert "C.UTF-8" in str(message.hint)


def test_fewer_connections_than_one_process_opens_are_a_warning(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    postgres.execute("alter database {} connection limit 5", url.rpartition("/")[2])
    (message,) = found(url)
    assert message.id == "chat.W011"
    assert "allows 5 connections" in message.msg


def test_a_disk_without_space_is_not_ready(postgres: PostgresServer, tmp_path: Path) -> None:
    """Regression: /readyz said ok, as the log has space of its own, and every message was refused."""
    url = postgres.new_database()
    store = database_store(url, tmp_path)
    store.check_writable()
    store.close()
    postgres.execute("alter database {} set temp_file_limit = 0", url.rpartition("/")[2])
    with pytest.raises(StorageUnavailable, match="temporary file size exceeds"):
        store.check_writable()
    store.close()


def test_an_owner_who_may_not_make_the_index_is_told_how_and_search_works_meanwhile(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    url = postgres.new_database(empty=True)
    execute(url, "create role tenant login", "grant create, usage on schema public to tenant")
    tenant = url.replace("chatsite@", "tenant@")
    migrate(tenant)
    (message,) = found(tenant)
    assert message.id == "chat.W008"
    assert "create extension if not exists pg_trgm; create index" in str(message.hint)
    store = database_store(tenant, tmp_path)
    log = store.open("lobby")
    log.append([said("one"), said("two words"), said("明天 two")])
    assert not log.search_texts().has_index()
    assert [hits(log, text) for text in ("two", "明天", "words two", "three")] == [[4, 3], [4], [3], []]
    execute(url, *SEARCH_INDEX)
    assert found(tenant) == []
    assert log.search_texts().has_index()
    assert hits(log, "two") == [4, 3]
    store.close()


def hits(log: Any, text: str) -> list[int]:
    search = RoomSearch(log)
    while search.advance():
        pass
    snapshot = search.snapshot()
    assert snapshot is not None
    return find(snapshot, parse_query(text), None, Budget(), 10).ids
