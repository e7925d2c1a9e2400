"""copy_history: rooms move into the database and back, in parts, while people talk, and nothing is lost or doubled."""

import dataclasses
import random
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chat.storage import Draft, RoomLog, Store
from chat.storage.database import receiving
from chat.storage.database.store import DatabaseStore
from chat.storage.json_files.store import JsonFileStore
from tests.chat.management.test_amended_histories import SECRET, talk
from tests.chat.storage.database.test_like_json import draft, plain
from tests.support.core.command_rooms import Call, Result, Rooms, environment
from tests.support.live_server import PROJECT, TIME_LIMIT, wait_until
from tests.support.servers.postgres_server import PostgresServer


@pytest.fixture
def copy(rooms: Rooms, url: str, call: Call, settings: Any) -> Call:
    settings.CHAT = dataclasses.replace(settings.CHAT, database_url=url)

    def copy(*arguments: str) -> Result:
        return call("copy_history", *arguments)

    return copy


def forth(copy: Call, *arguments: str) -> Result:
    return copy("--from", "json", "--to", "database", *arguments)


def whole(store: Store, room: str = "lobby") -> object:
    """Everything of a room: as it was stored, as it is shown, and how it is counted."""
    with closing(store.open(room)) as log:
        pages = [plain(log.page(limit=10_000)), plain(log.items(limit=10_000))]
        texts = [plain(log.texts(each)) for each in range(log.last_id + 1)]
        return pages, texts, log.epoch, log.name, log.topic, log.tally, log.last_id, log.compacted_id


def something_happens(log: RoomLog, chance: random.Random, number: int) -> None:
    for _ in range(8):
        log.append([draft(chance, log.last_id, number) for _ in range(chance.randrange(1, 12))])
    if number % 4 == 1:
        log.compact()
    if number % 4 == 3:
        log.clear(chance.randrange(log.last_id))


def test_a_room_is_the_same_in_the_database_and_back_whatever_happened_between_two_copies(
    rooms: Rooms, copy: Call, database: DatabaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(receiving, "PART_EVENTS", 7)
    chance = random.Random(16)
    for number in range(6):
        with closing(rooms.store.open("lobby")) as log:
            something_happens(log, chance, number)
        assert forth(copy).code == 0
        assert whole(database) == whole(rooms.store)
        assert database.verify("lobby").notes == []
    origin = whole(rooms.store)
    settings.CHAT = dataclasses.replace(settings.CHAT, storage_dir=tmp_path / "back")
    back = JsonFileStore(tmp_path / "back")
    for _ in range(2):  # into no file, and into one that is behind
        assert copy("--from", "database", "--to", "json").code == 0
        assert whole(back) == whole(database) == origin
        database.append("lobby", [Draft(author="a1", username="ada", message="one more")])
        origin = whole(database)
    assert back.verify("lobby").damage is None


def test_it_says_what_it_copies_and_a_second_run_copies_nothing(rooms: Rooms, copy: Call, url: str) -> None:
    talk(rooms)
    rooms.say("garden", "one", "two")
    dry = forth(copy, "--dry-run")
    done, again = forth(copy), forth(copy, "lobby")
    assert [line.partition(",")[0] for line in dry.lines] == [
        "garden: 2 new events of 2",
        "lobby: 12 new events of 12",
    ]
    assert dry.out == done.out
    assert "14 events would be copied to " in dry.err
    assert "14 events copied to " in done.err
    assert "What was read back is the same in 2 rooms." in done.err
    assert again.lines[0].startswith("lobby: 0 new events of 12, digest ")
    assert "@" not in done.err, "no password of DATABASE_URL"


def test_people_go_on_talking_while_their_room_is_copied(
    rooms: Rooms, copy: Call, database: DatabaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said after the copy was made is left for the next run, and is no difference."""
    talk(rooms)
    back_up = JsonFileStore.back_up
    news = [
        Draft(author="a1", username="ada", message="one more"),
        Draft(author="a1", username="ada", type="topic", topic="News"),
        Draft(author="a1", username="ada", type="room_name", name="The new name"),
    ]

    def copy_and_go_on(store: JsonFileStore, room: str, target: Path) -> None:
        back_up(store, room, target)
        store.append(room, news)

    with monkeypatch.context() as patch:
        patch.setattr(JsonFileStore, "back_up", copy_and_go_on)
        done = forth(copy)
    assert (done.code, done.lines[0].partition(",")[0]) == (0, "lobby: 12 new events of 12"), done.err
    assert forth(copy).lines[0].startswith("lobby: 3 new events of 15, digest ")
    assert whole(database) == whole(rooms.store)


def test_what_was_deleted_between_two_copies_is_gone_there_too(
    rooms: Rooms, copy: Call, database: DatabaseStore
) -> None:
    rooms.say("lobby", SECRET, "stays")
    forth(copy)
    with closing(database.open("lobby")) as log:
        assert SECRET in str(log.items().items)
    rooms.amend("lobby", 2, "delete")
    assert forth(copy).code == 0
    with closing(database.open("lobby")) as log:
        assert SECRET not in f"{log.items().items} {log.page().records} {log.texts(2)}"
    assert database.verify("lobby").notes == []


def test_a_copy_that_was_interrupted_goes_on_where_it_was(
    rooms: Rooms, copy: Call, database: DatabaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(rooms)
    add, parts = receiving._add, []

    def add_two_parts(*arguments: Any, **more: Any) -> None:
        if len(parts) == 2:
            raise KeyboardInterrupt
        parts.append(add(*arguments, **more))

    monkeypatch.setattr(receiving, "PART_EVENTS", 3)
    monkeypatch.setattr(receiving, "_add", add_two_parts)
    with pytest.raises(KeyboardInterrupt):
        forth(copy)
    with closing(database.open("lobby")) as log:
        assert log.last_id == 7
    monkeypatch.setattr(receiving, "_add", add)
    assert forth(copy).lines[0].startswith("lobby: 6 new events of 12, digest ")
    assert whole(database) == whole(rooms.store)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_copy_that_is_stopped_leaves_no_copy_of_a_room_behind(
    number: signal.Signals, rooms: Rooms, postgres: PostgresServer, tmp_path: Path
) -> None:
    """Regression: SIGTERM left the words of the room in TMPDIR, also those that people delete later."""
    rooms.say("lobby", SECRET)
    url = postgres.new_database()
    (temporary := tmp_path / "temporary").mkdir()
    with psycopg.connect(url) as other:
        other.execute("lock table chat_room")
        command = subprocess.Popen(
            [sys.executable, "manage.py", "copy_history", "--from", "json", "--to", "database"],
            cwd=PROJECT,
            env=environment(rooms, DATABASE_URL=url, TMPDIR=str(temporary)),
            stderr=subprocess.PIPE,
        )
        with command:
            wait_until(lambda: list(temporary.glob("*/lobby.json")), "the copy of the room")
            command.send_signal(number)
            assert command.communicate(timeout=TIME_LIMIT)[1] == b""
    assert (command.returncode, list(temporary.iterdir())) == (130, [])


def test_a_row_that_was_changed_is_found_and_everything_is_copied_again(
    rooms: Rooms, copy: Call, database: DatabaseStore
) -> None:
    rooms.say("lobby", "one", "two")
    forth(copy)
    database._connections.write(
        "lobby", lambda it: it.commit(database._connections.sql("update chat_event set message = %s where id = 2", "x"))
    )
    assert forth(copy).code == 0
    assert whole(database) == whole(rooms.store)


def test_a_room_that_goes_on_there_and_another_room_of_the_same_address_are_not_touched(
    rooms: Rooms, copy: Call, database: DatabaseStore
) -> None:
    rooms.say("lobby", "one")
    rooms.say("garden", "mine")
    forth(copy, "lobby")
    for room in ("lobby", "garden"):
        database.append(room, [Draft(author="b2", username="bea", message="only there")])
    before = whole(database), whole(database, "garden")
    done = forth(copy)
    assert done.code == 1
    assert "garden: another room has this address in " in done.err
    assert "lobby: it goes on in " in done.err
    assert "there its last event is 3, here it is 2." in done.err
    assert (whole(database), whole(database, "garden")) == before


def test_a_room_that_was_removed_between_two_copies_is_named(
    rooms: Rooms, copy: Call, call: Call, database: DatabaseStore
) -> None:
    """Regression: it came back without a word when the server was started with the other store."""
    rooms.say("lobby", "one")
    rooms.say("garden", SECRET)
    assert "Only in " not in forth(copy).err
    call("remove_rooms", "garden", "--noinput")
    again, chosen = forth(copy), forth(copy, "lobby")
    assert "and left there: garden. Rooms that were removed here" in again.err
    assert (again.code, "Only in " in chosen.err) == (0, False)
    assert database.find("garden") is not None


def test_an_empty_room_there_makes_place(rooms: Rooms, copy: Call, database: DatabaseStore) -> None:
    rooms.say("lobby", "one")
    database.create("lobby", "Lobby")
    assert forth(copy).code == 0
    assert whole(database) == whole(rooms.store)


def test_a_text_that_the_database_cannot_hold_is_named_and_other_rooms_are_copied(
    rooms: Rooms, copy: Call, database: DatabaseStore, url: str
) -> None:
    """SQLite stores the text up to that character, which the comparison notices."""
    rooms.say("lobby", "one\x00")  # as edited by hand: no frame may hold it
    rooms.say("garden", "two")
    done = forth(copy)
    assert whole(database, "garden") == whole(rooms.store, "garden")
    assert (done.code, "lobby: " in done.err) == (1, True)
    if url.startswith("postgresql"):
        assert "a text holds the character U+0000, which PostgreSQL cannot store" in done.err


def test_wrong_usage_says_what_to_do(rooms: Rooms, call: Call, settings: Any, tmp_path: Path) -> None:
    settings.CHAT = dataclasses.replace(settings.CHAT, database_url="")
    missing = call("copy_history", "--from", "json", "--to", "database")
    assert (missing.code, missing.err) == (2, "DATABASE_URL is not set: it says where the database is.")
    same = call("copy_history", "--from", "json", "--to", "json")
    assert (same.code, same.err) == (2, "--from and --to name the same store.")
    settings.CHAT = dataclasses.replace(settings.CHAT, database_url=f"sqlite:///{tmp_path}/empty.sqlite")
    empty = call("copy_history", "--from", "json", "--to", "database")
    assert empty.code == 1
    assert empty.err.endswith("does not have the tables of chatsite. Run: manage.py migrate")
