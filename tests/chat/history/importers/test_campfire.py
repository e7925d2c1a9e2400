"""Campfire: one test for each trap of its database."""

import shutil
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from html import escape
from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.campfire import READER
from chat.history.importers.source import BadSource, Source
from tests.support.core.imports import Reading, read_all, write_files
from tests.support.core.rendered_html import block_html

# The tables and columns of Campfire that an import reads.
SCHEMA = """
CREATE TABLE "accounts" ("id" integer PRIMARY KEY, "name" varchar NOT NULL, "created_at" datetime(6) NOT NULL);
CREATE TABLE "users" ("id" integer PRIMARY KEY, "name" varchar NOT NULL, "role" integer DEFAULT 0 NOT NULL);
CREATE TABLE "rooms" ("id" integer PRIMARY KEY, "name" varchar, "type" varchar NOT NULL, "creator_id" bigint);
CREATE TABLE "memberships" ("id" integer PRIMARY KEY, "room_id" integer NOT NULL, "user_id" integer NOT NULL);
CREATE TABLE "messages" ("id" integer PRIMARY KEY, "room_id" integer NOT NULL, "creator_id" integer NOT NULL,
  "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL, "client_message_id" varchar NOT NULL);
CREATE TABLE "action_text_rich_texts" ("id" integer PRIMARY KEY, "name" varchar NOT NULL, "body" text,
  "record_type" varchar NOT NULL, "record_id" bigint NOT NULL);
CREATE TABLE "boosts" ("id" integer PRIMARY KEY, "message_id" integer NOT NULL, "booster_id" integer NOT NULL,
  "content" varchar(16) NOT NULL, "created_at" datetime(6) NOT NULL);
CREATE TABLE "active_storage_attachments" ("id" integer PRIMARY KEY, "name" varchar NOT NULL,
  "record_type" varchar NOT NULL, "record_id" bigint NOT NULL, "blob_id" bigint NOT NULL);
CREATE TABLE "active_storage_blobs" ("id" integer PRIMARY KEY, "key" varchar NOT NULL, "filename" varchar NOT NULL,
  "byte_size" bigint NOT NULL);
INSERT INTO accounts VALUES (1, 'Garden', '2024-02-09 10:00:00.5');
INSERT INTO users VALUES (1, 'Ada', 1), (2, 'Bob Berg', 0), (3, 'Builder', 2);
INSERT INTO rooms VALUES (1, 'All talk', 'Rooms::Open', 1), (2, NULL, 'Rooms::Direct', 1);
INSERT INTO memberships VALUES (1, 2, 1), (2, 2, 2);
"""
STARTED = "2024-02-09 11:05:0{}.123456"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "storage/db/production.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[sqlite3.Connection]:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;" + SCHEMA)
        yield database


def say(
    database: sqlite3.Connection, number: int, body: str | None, room: int = 1, user: int = 1, at: str = STARTED
) -> None:
    time = at.format(number)
    database.execute(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", (number, room, user, time, "2025-01-01 00:00:00", "x")
    )
    if body is not None:
        row = (number, "body", body, "Message", number)
        database.execute("INSERT INTO action_text_rich_texts VALUES (?, ?, ?, ?, ?)", row)


def boost(database: sqlite3.Connection, number: int, content: str, user: int = 2, message: int = 1) -> None:
    database.execute("INSERT INTO boosts VALUES (?, ?, ?, ?, ?)", (number, message, user, content, STARTED.format(9)))


def attach(database: sqlite3.Connection, number: int, key: str, record: str = "Message") -> None:
    database.execute("INSERT INTO active_storage_blobs VALUES (?, ?, ?, ?)", (number, key, f"file {number}.jpg", 7))
    row = (number, "attachment", record, 1, number)
    database.execute("INSERT INTO active_storage_attachments VALUES (?, ?, ?, ?, ?)", row)


def texts(database: sqlite3.Connection, path: Path, *bodies: str) -> list[str]:
    for number, body in enumerate(bodies, 1):
        say(database, number, body)
    return read_all(READER, path).texts


def test_messages_that_are_only_in_the_log_are_read_and_nothing_is_written(
    database: sqlite3.Connection, path: Path
) -> None:
    say(database, 1, "<div>hello</div>")
    assert path.stat().st_size <= 4096, "all of it is in the log"
    before = {each.name: each.read_bytes() for each in path.parent.iterdir() if not each.name.endswith("-shm")}
    assert read_all(READER, path).texts == ["hello"]
    assert read_all(READER, path.parent).texts == ["hello"]
    assert {each.name: each.read_bytes() for each in path.parent.iterdir() if not each.name.endswith("-shm")} == before


def test_a_copy_without_the_log_beside_it_is_read_as_far_as_it_goes(
    database: sqlite3.Connection, path: Path, tmp_path: Path
) -> None:
    say(database, 1, "<div>hello</div>")
    database.execute("PRAGMA wal_checkpoint(truncate)")
    copy = shutil.copy(path, tmp_path / "copy.sqlite3")
    assert read_all(READER, Path(copy)).texts == ["hello"]


def test_the_time_is_utc_with_its_microseconds_and_updated_at_is_no_edit(
    database: sqlite3.Connection, path: Path
) -> None:
    say(database, 1, "<div>a</div>")
    say(database, 2, "<div>b</div>", at="2024-02-09 11:05:02.5")
    first, second = read_all(READER, path).entries
    assert (first.moment, first.order, first.edited) == (1707476701123, 456, None)
    assert (second.moment, second.order) == (1707476702500, 0)


def test_a_message_without_text_is_its_file_and_a_thumbnail_is_none(
    database: sqlite3.Connection, path: Path, tmp_path: Path
) -> None:
    say(database, 1, None)
    attach(database, 1, "ab12cdefghijklmnopqrstuvwxyz")
    attach(database, 2, "cd34cdefghijklmnopqrstuvwxyz")
    attach(database, 3, "ef56cdefghijklmnopqrstuvwxyz", record="ActiveStorage::VariantRecord")
    write_files(tmp_path, {"storage/files/ab/12/ab12cdefghijklmnopqrstuvwxyz": "x"})
    found = read_all(READER, tmp_path).entries[0]
    assert [(each.name, each.size, each.path) for each in found.attachments] == [
        ("file 1.jpg", 7, "storage/files/ab/12/ab12cdefghijklmnopqrstuvwxyz"),
        ("file 2.jpg", 7, None),
    ]


def test_html_of_people_and_plain_text_of_bots_and_both_in_one(database: sqlite3.Connection, path: Path) -> None:
    html, plain, markup, both = texts(
        database,
        path,
        "<div>\n  <div>a<br><strong>b</strong>&nbsp;c</div>\n  <ul>\n    <li>d</li>\n  </ul>\n</div>",
        "build\n  passed\n- *so*",
        "<b>done</b> 1\n2",
        "Deploy\ndone<br>in 3 s\n<ul><li>a</li></ul>\nok",
    )
    assert html.replace("  a", "a") == "a\n**b** c\n- d"
    assert block_html(plain) == "<p>build<br>  passed<br>- *so*</p>"
    assert markup == "**done** 1\n2"
    assert both == "Deploy\ndone\nin 3 s\n- a\nok"


@pytest.mark.parametrize("kind", ["application/vnd.campfire.mention", "application/octet-stream"])
@pytest.mark.parametrize("form", ["data", "message"])
def test_a_mention_has_its_user_in_the_sgid_and_a_less_than_sign_in_an_attribute(
    database: sqlite3.Connection, path: Path, kind: str, form: str
) -> None:
    gid = "gid://campfire/User/2?expires_in"
    inner = gid if form == "data" else b64encode(b'\x04\bI"' + gid.encode()).decode()
    sgid = b64encode(f'{{"_rails":{{"{form}":"{inner}","pur":"attachable"}}}}'.encode()).decode()
    content = '<span class="mention"><img src="/a"> Robert</span>'.replace('"', "&quot;")
    attributes = f'sgid="{sgid}--0a1b" content-type="{kind}" content="{content}"'
    html = f"<div>ask <action-text-attachment {attributes}></action-text-attachment>, now</div>"
    assert texts(database, path, html) == ['ask @"Bob Berg", now']


def test_a_mention_of_somebody_unknown_is_the_name_that_it_shows(database: sqlite3.Connection, path: Path) -> None:
    content = escape("<span><img src='/a'> Robert</span>")
    html = f'<action-text-attachment sgid="x" content-type="application/vnd.campfire.mention" content="{content}">'
    assert texts(database, path, f"<div>{html}</action-text-attachment></div>") == ["@Robert"]


def test_a_file_in_the_text_is_found_by_its_sgid_and_html_in_an_attribute_is_read(
    database: sqlite3.Connection, path: Path
) -> None:
    attach(database, 7, "ab12cdefghijklmnopqrstuvwxyz", record="ActionText::RichText")
    sgid = b64encode(b'{"_rails":{"data":"gid://campfire/ActiveStorage::Blob/7"}}').decode()
    say(database, 1, f'<div>see<action-text-attachment sgid="{sgid}--0"></action-text-attachment></div>')
    html = '<action-text-attachment content-type="text/html" content="&lt;b&gt;so&lt;/b&gt;"></action-text-attachment>'
    say(database, 2, f"<div>it is {html}</div>")
    first, second = read_all(READER, path).entries
    assert (first.text, first.attachments[0].name) == ("see", "file 7.jpg")
    assert second.text == "it is\n**so**"


def test_a_preview_of_a_link_is_not_shown_twice(database: sqlite3.Connection, path: Path) -> None:
    preview = (
        '<action-text-attachment content-type="application/vnd.actiontext.opengraph-embed" '
        'href="https://example.org/x" filename="Seeds" caption="All of them"></action-text-attachment>'
    )
    link = '<a href="https://example.org/x">https://example.org/x</a>'
    assert texts(database, path, f"<div>{link}{preview}</div>", f"<div>{preview}</div>") == [
        "https://example.org/x",
        "[Seeds](https://example.org/x)",
    ]


def test_boosts_that_are_emoji_are_reactions_and_words_are_answers(database: sqlite3.Connection, path: Path) -> None:
    say(database, 1, "<div>a</div>")
    for number, content in enumerate(["👍", "🎉🎉 🎂", "well *said*", " "]):
        boost(database, number, content)
    message, answer = read_all(READER, path).entries
    assert [(each.emoji, each.author_name) for each in message.reactions] == [
        ("👍", "Bob Berg"),
        ("🎉", "Bob Berg"),
        ("🎂", "Bob Berg"),
    ]
    assert (answer.text, answer.author_id, answer.reply_to) == ("well \\*said\\*", "2", "1")


def test_people_of_two_installations_are_not_the_same_although_their_ids_are(
    database: sqlite3.Connection, path: Path
) -> None:
    assert read_all(READER, path).report.workspace == "2024-02-09 10:00:00.5"


def test_a_direct_room_is_named_after_its_people(database: sqlite3.Connection, path: Path) -> None:
    database.execute("INSERT INTO rooms VALUES (3, 'Plans', 'Rooms::Closed', 1)")
    report = read_all(READER, path).report
    rooms = report.rooms
    assert {key: (room.name, room.direct) for key, room in rooms.items()} == {
        "1": ("All talk", False),
        "2": ("Ada, Bob Berg", True),
        "3": ("Plans", False),
    }
    assert [note.partition(" is ")[0] for note in report.notes] == ["Plans"]


def test_a_sound_is_what_was_typed_and_an_unknown_author_is_told(database: sqlite3.Connection, path: Path) -> None:
    say(database, 1, "<div>/play tada</div>", user=9)
    found = read_all(READER, path).entries[0]
    assert (found.text, found.author_id, found.author_name) == ("/play tada", "9", "Unknown 9")


def test_a_broken_time_is_named_and_an_empty_message_counted(database: sqlite3.Connection, path: Path) -> None:
    say(database, 1, "<div>a</div>", at="soon")
    say(database, 2, "<div><br></div>")
    say(database, 3, "<div>c</div>")
    found: Reading = read_all(READER, path)
    assert found.texts == ["c"]
    assert [problem.place for problem in found.report.problems] == ["message 1"]
    assert found.report.skipped == {"messages without content": 1}


def test_other_databases_are_not_taken_for_campfire(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "logs.sqlite3")) as database:
        database.executescript("CREATE TABLE messages (id, network, channel, time, type, msg)")
    files: dict[str, Any] = {"x.db": b"no database"}
    with Source(write_files(tmp_path, files)) as source:
        assert not READER.recognizes(source)


def test_two_databases_are_an_error_that_names_both(database: sqlite3.Connection, path: Path, tmp_path: Path) -> None:
    database.execute("PRAGMA wal_checkpoint")
    shutil.copy(path, path.with_name("copy.sqlite3"))
    with pytest.raises(BadSource, match=r"db/copy\.sqlite3 and storage/db/production\.sqlite3\. Name one"):
        read_all(READER, tmp_path / "storage")
