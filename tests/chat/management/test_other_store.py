"""The owner's commands over another store than the JSON files: they use nothing but the interface."""

import json
from pathlib import Path

import pytest

from chat.management import owner_command
from chat.storage import Damage, Draft
from tests.support.core.command_rooms import Call, Rooms
from tests.support.storage.memory_store import MemoryStore


@pytest.fixture
def store(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setattr(owner_command, "open_store", lambda conf: store)
    return store


@pytest.fixture(autouse=True)
def _folder_stays_empty(rooms: Rooms) -> object:
    yield
    assert rooms.snapshot() == {}


def texts(store: MemoryStore, room: str) -> list[str | None]:
    return [record.message for record in store.open(room).records if record.type == "message"]


def say(store: MemoryStore, room: str, *messages: str) -> None:
    store.open(room).append([Draft(author="a1", username="ada", message=message) for message in messages])


def test_a_message_is_posted(store: MemoryStore, call: Call) -> None:
    done = call("post_message", "hello", "--client-id", "c-1")
    assert (done.code, done.out) == (0, "2\n")
    assert call("post_message", "again", "--client-id", "c-1").out == done.out
    assert texts(store, "lobby") == ["hello"]


def test_rooms_are_exported_and_imported(store: MemoryStore, call: Call, tmp_path: Path) -> None:
    store.create("garden", "The Garden")
    say(store, "garden", "green", "greener")
    before = call("export_history").out
    for format in ("jsonl", "csv", "html", "md"):
        assert "greener" in call("export_history", "--format", format).out
    file = tmp_path / "export.json"
    assert call("export_history", "-o", str(file)).code == 0
    assert call("import_history", str(file)).err == "garden: 0 messages imported, 2 already there.\n"
    assert call("import_history", str(file), "--room", "garden=copy").code == 0
    assert texts(store, "copy") == ["green", "greener"]
    assert json.loads(file.read_text())["rooms"] == json.loads(before)["rooms"]


def test_a_room_is_removed(store: MemoryStore, call: Call) -> None:
    say(store, "garden", "green")
    store.create("empty", "empty")
    assert call("remove_rooms", "--noinput", "garden", "--empty").code == 0
    assert store.rooms() == []


def test_a_room_is_cleared_and_its_copy_can_be_imported(store: MemoryStore, call: Call, tmp_path: Path) -> None:
    say(store, "lobby", "one", "two")
    copy = tmp_path / "copy.jsonl"
    done = call("clear_history", "--room", "lobby", "--backup", str(copy), "--noinput")
    assert (done.code, done.out) == (0, f"lobby: 2 of 2 messages; a copy is kept in {copy}.\n")
    assert texts(store, "lobby") == []
    assert call("import_history", str(copy), "--room", "lobby").code == 0
    assert texts(store, "lobby") == ["one", "two"]


def test_the_store_says_where_a_copy_goes_and_which_files_are_its_own(store: MemoryStore, call: Call) -> None:
    say(store, "lobby", "one")
    assert "a copy is kept in lobby-1.jsonl" in call("clear_history", "--all", "--dry-run").out
    for arguments in (
        ["clear_history", "--room", "lobby", "--noinput", "--backup", "rooms.memory"],
        ["export_history", "-o", "rooms.memory"],
    ):
        done = call(*arguments)
        assert (done.code, "rooms.memory is where chatsite keeps a room" in done.err) == (2, True)
    assert texts(store, "lobby") == ["one"]


def test_rooms_are_verified_in_the_words_of_the_store(store: MemoryStore, call: Call) -> None:
    say(store, "lobby", "one", "two")
    say(store, "broken", "one")
    store.open("broken").damage = Damage("row 7", "no author")
    done = call("verify_history")
    assert (done.code, done.lines) == (
        1,
        ["broken: 1 record, in memory, damaged at row 7: no author", "lobby: 2 records, in memory"],
    )


@pytest.mark.parametrize("option", ["--repair-layout", "--accept-edits"])
def test_a_store_without_files_to_edit_has_nothing_to_repair(option: str, store: MemoryStore, call: Call) -> None:
    say(store, "lobby", "one")
    done = call("verify_history", option)
    assert (done.code, done.err) == (2, "Rooms in memory cannot be edited by hand.")


def test_a_damaged_room_is_named_as_the_store_names_it(store: MemoryStore, call: Call) -> None:
    say(store, "broken", "one")
    store.open("broken").damage = Damage("row 7", "no author")
    done = call("clear_history", "--all", "--noinput", "--no-backup")
    assert (done.code, done.err.splitlines()[0]) == (
        1,
        "broken: memory of broken: row 7: no author. It is not touched.",
    )
    assert "What can be read was exported." in call("export_history").err
    assert "memory of broken: row 7: no author" in call("post_message", "hi", "--room", "broken").err


def test_a_store_without_rooms_says_where_it_looked(store: MemoryStore, call: Call) -> None:
    assert "There are no rooms yet in memory." in call("export_history", "--room", "lobby").err
