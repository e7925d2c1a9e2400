"""chat/history/importers/thelounge.py: the database of The Lounge, and its text logs."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chat.history.importers.thelounge import READER
from tests.support.core.imports import read_all

UUID = "7d5f1a3e-0000-4d5e-9a10-0f6b1c2d3e4f"
OTHER = "8d5f1a3e-0000-4d5e-9a10-0f6b1c2d3e4f"
OLD = "CREATE TABLE messages (network TEXT, channel TEXT, time INTEGER, type TEXT, msg TEXT)"
NEW = OLD.replace("(", "(id INTEGER PRIMARY KEY AUTOINCREMENT, ", 1)
TIME = 1_750_000_000_000

Row = tuple[str, str, int, str, dict[str, object]]


def said(text: str, nick: str = "bob", kind: str = "message", channel: str = "#team", network: str = UUID) -> Row:
    return network, channel, TIME, kind, {"from": {"mode": "@", "nick": nick}, "text": text, "self": False}


def renamed(old: str, new: str) -> Row:
    return UUID, "#team", TIME, "nick", {"from": {"nick": old}, "text": "", "new_nick": new}


@contextmanager
def home(path: Path, rows: Iterable[Row], schema: str = NEW) -> Iterator[Path]:
    """The folder of a running The Lounge: nothing of the database is in its main file yet but the tables."""
    (path / "logs").mkdir()
    (path / "users").mkdir()
    networks = [{"uuid": UUID, "name": "lab", "channels": [{"name": "#Team"}]}, {"uuid": OTHER, "name": "home"}]
    (path / "users/alice.json").write_text(json.dumps({"log": True, "networks": networks}))
    database = sqlite3.connect(path / "logs/alice.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute(schema)
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    marked = [(*row[:4], json.dumps(row[4])) for row in rows]
    database.executemany("INSERT INTO messages (network, channel, time, type, msg) VALUES (?, ?, ?, ?, ?)", marked)
    database.commit()
    yield path
    database.close()


def test_messages_actions_and_notices_are_talk_the_rest_is_counted(tmp_path) -> None:
    rows = [said("a"), said("waves", kind="action"), said("b", kind="notice"), said("", kind="join")]
    rows += [said("t", kind="topic"), said("hi", "irc.example.org", "notice")]
    with home(tmp_path, rows) as folder:
        found = read_all(READER, folder)
    assert [(entry.author_name, entry.text, entry.moment) for entry in found.entries] == [
        ("bob", "a", TIME),
        ("bob", "*bob waves*", TIME),
        ("bob", "b", TIME),
    ]
    assert sorted(found.report.skipped.values()) == [1, 1, 1]


NEWEST = """
CREATE TABLE messages_new (id INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT, channel TEXT, time INTEGER, type TEXT,
  msg TEXT);
CREATE TABLE migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL UNIQUE);
ALTER TABLE messages_new RENAME TO messages;
CREATE INDEX msg_type_idx ON messages (type);
ALTER TABLE messages ADD COLUMN msgid TEXT;
"""


@pytest.mark.parametrize("name", ["alice.sqlite3", "alice (1).sqlite3", "alice.db"])
def test_a_database_that_was_migrated_and_renamed_is_read(tmp_path, name) -> None:
    """Regression: another ending than The Lounge's own was not looked at."""
    database = sqlite3.connect(tmp_path / name)
    database.executescript(NEWEST)
    row = (*said("a")[:4], json.dumps(said("a")[4]))
    database.execute("INSERT INTO messages (network, channel, time, type, msg) VALUES (?, ?, ?, ?, ?)", row)
    database.commit()
    database.close()
    assert read_all(READER, tmp_path / name).texts == ["a"]


def test_people_of_a_bridge_may_have_dots_in_their_names(tmp_path) -> None:
    """Regression: what they said was counted as notices of servers."""
    with home(tmp_path, [said("a", "ada.berg"), said("waves", "ada.berg", "action")]) as folder:
        assert read_all(READER, folder).names == ["ada.berg", "ada.berg"]


def test_what_is_only_in_the_write_ahead_log_is_read_and_the_original_stays_as_it_is(tmp_path) -> None:
    with home(tmp_path, [said("a")]) as folder:
        files = {path.name: path.read_bytes() for path in sorted((folder / "logs").iterdir()) if path.suffix != ".json"}
        assert read_all(READER, folder).texts == ["a"]
        assert {path.name: path.read_bytes() for path in sorted((folder / "logs").iterdir())} == files
        assert read_all(READER, folder / "logs/alice.sqlite3").texts == ["a"]


def test_a_channel_is_named_as_it_was_typed_and_a_query_is_direct(tmp_path) -> None:
    with home(tmp_path, [said("a"), said("b", channel="bob")]) as folder:
        rooms = read_all(READER, folder).report.rooms
    assert [(room.name, room.direct) for room in rooms.values()] == [("Team", False), ("bob", True)]


def test_one_channel_of_two_networks_is_two_rooms(tmp_path) -> None:
    with home(tmp_path, [said("a"), said("b", network=OTHER)]) as folder:
        found = read_all(READER, folder)
    assert [room.name for room in found.report.rooms.values()] == ["Team (lab)", "team (home)"]
    assert len({entry.room for entry in found.entries}) == 2


def test_who_takes_another_nick_stays_the_same_person(tmp_path) -> None:
    rows = [said("a", "eve_"), renamed("eve_", "Eve"), said("b", "Eve")]
    with home(tmp_path, rows) as folder:
        found = read_all(READER, folder)
    assert [(entry.author_id, entry.author_name) for entry in found.entries] == [("eve_", "eve_"), ("eve_", "Eve")]


def test_the_first_schema_has_no_ids(tmp_path) -> None:
    with home(tmp_path, [said("a"), said("a")], OLD) as folder:
        found = read_all(READER, folder)
    assert [entry.source_id for entry in found.entries] == ["", ""]


def test_a_table_that_was_renamed_into_place_is_recognized(tmp_path) -> None:
    with home(tmp_path, [], NEW.replace("messages", '"messages"')) as folder:
        assert read_all(READER, folder).entries == []


def test_codes_are_read_and_a_message_without_words_is_counted(tmp_path) -> None:
    with home(tmp_path, [said("\x02so\x02 \x034red"), said("\x02 ")]) as folder:
        found = read_all(READER, folder)
    assert (found.texts, found.report.skipped) == (["**so** red"], {"messages without content": 1})


def test_a_broken_message_is_a_problem_of_its_row(tmp_path) -> None:
    with home(tmp_path, [said("a"), (UUID, "#team", TIME, "message", {"text": 3}), said("b")]) as folder:
        found = read_all(READER, folder)
    assert found.texts == ["a", "b"]
    assert [problem.place for problem in found.report.problems] == ["logs/alice.sqlite3, message 2"]


def test_text_logs_are_read_where_there_is_no_database(tmp_path) -> None:
    file = tmp_path / "logs/alice/lab-7d5f1a3e/#team.log"
    file.parent.mkdir(parents=True)
    news = "[2025-06-15T15:06:41.000Z] *** eve_ changed nick to eve\n"
    file.write_text(f"[2025-06-15T15:06:40.123Z] <@bob> a\n{news}[2025-06-15T15:06:42.000Z] * eve waves\n")
    found = read_all(READER, tmp_path)
    assert [(entry.author_id, entry.text) for entry in found.entries] == [("bob", "a"), ("eve_", "*eve waves*")]
    assert found.entries[0].moment == TIME + 123


def test_text_logs_beside_the_database_hold_the_same_messages(tmp_path) -> None:
    with home(tmp_path, [said("a")]) as folder:
        (folder / "logs/#team.log").write_text("[2025-06-15T15:06:40.123Z] <@bob> a\n")
        found = read_all(READER, folder)
    assert found.texts == ["a"]
    assert found.report.notes == ["the text logs hold the same messages as the database, and are not read"]


def test_a_database_without_the_files_of_users_is_noted(tmp_path) -> None:
    with home(tmp_path, [said("a")]) as folder:
        assert read_all(READER, folder).report.notes == []
        [note] = read_all(READER, folder / "logs/alice.sqlite3").report.notes
    assert note == "users/<user>.json is missing: channels are in small letters, and networks have no names"
