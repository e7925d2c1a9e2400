"""import_history with exports of other chats: what the frame promises for every format."""

import errno
import io
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from chat.history.importers import sorter, writer
from chat.history.importers.registry import READERS
from chat.management import foreign_import, owner_command
from chat.storage import StorageUnavailable
from tests.support.core.command_rooms import Call, Rooms
from tests.support.core.imports import write_files
from tests.support.core.line_reader import LineReader, write_lines
from tests.support.servers.postgres_server import migrate
from tests.support.storage.installations import SqliteInstallation

TALK = (
    {"id": "3", "author": "U2", "by": "Bea", "at": 2, "text": "and hello to you", "reply": "1"},
    {
        "id": "1",
        "author": "U1",
        "by": "Ada",
        "at": 0,
        "text": "hello",
        "reactions": [["wave", "U2"], ["\U0001f44d", "U1"]],
    },
    {"id": "2", "author": "U1", "by": "Ada", "at": 1, "text": "as I said", "edited": 5},
)


@pytest.fixture(autouse=True)
def reader(monkeypatch: pytest.MonkeyPatch) -> LineReader:
    reader = LineReader()
    monkeypatch.setitem(READERS, reader.name, reader)
    return reader


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal, on which this is typed."""
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", terminal)
    return terminal


def exported(call: Call, room: str = "general") -> list[dict[str, Any]]:
    return [json.loads(line) for line in call("export_history", "--format", "jsonl", "--room", room).lines]


def test_an_export_becomes_a_room_as_if_it_had_been_said_here(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    done = call("import_history", write_lines(tmp_path / "talk.jsonl", *TALK))
    assert done.code == 0, done.err
    assert "an export of Lines" in done.err
    assert [event[3] for event in rooms.events("general")] == ["hello", "as I said", "and hello to you"]
    first, second, third = exported(call)
    assert (first["timestamp"], first["username"]) == ("2023-11-14T22:14:00.000Z", "Ada")
    assert {each["emoji"]: each["people"][0]["username"] for each in first["reactions"]} == {
        "\U0001f44b": "U2",
        "\U0001f44d": "U1",
    }
    assert second["edited"] == "2023-11-14T22:19:00.000Z"
    assert third["reply_to"] == first["id"]
    assert first["author"] == second["author"] != third["author"]
    log = rooms.store.open("general")
    assert (log.name, log.topic, log.tally.messages) == ("General", "All of it", 3)
    log.close()
    assert call("verify_history").code == 0


def test_the_survey_says_what_is_there_and_a_dry_run_ends_with_it(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    lines = [*TALK, {"skip": "joins and leaves"}, {"in": "dm", "text": "psst"}]
    done = call("import_history", "--dry-run", write_lines(tmp_path / "talk.jsonl", *lines))
    assert done.code == 0
    assert re.search(r"General +3 +2 +2023-11-14 22:14 +2023-11-14 22:16 +general \"General\", new", done.out)
    assert re.search(r"1 +direct message", done.out)
    assert re.search(r"1 +join or leave", done.out)
    assert "--direct PREFIX imports them" in done.out
    assert rooms.snapshot() == {}


def test_repeated_and_overlapping_imports_add_only_what_is_new(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "talk.jsonl", *TALK)
    call("import_history", file)
    before = exported(call)
    again = call("import_history", file)
    assert re.search(r"general +0 +3 +0 +0", again.err)
    assert exported(call) == before
    rooms.say("general", "said here since")
    later = [
        {
            "id": "2",
            "author": "U1",
            "by": "Ada",
            "at": 1,
            "text": "as I said",
            "edited": 5,
            "reactions": [["wave", "U2"]],
        },
        {"id": "4", "author": "U2", "by": "Bea", "at": 3, "text": "an answer to what is not in this one", "reply": "1"},
        {"id": "5", "author": "U2", "by": "Bea", "at": 4, "text": "an answer to nothing", "reply": "0"},
    ]
    done = call("import_history", write_lines(tmp_path / "later.jsonl", *later))
    assert re.search(r"general +2 +1 +1 +1", done.err)
    after = exported(call)
    assert [each["message"] for each in after[3:]] == [
        "said here since",
        "an answer to what is not in this one",
        "an answer to nothing",
    ]
    assert after[4]["reply_to"] == after[0]["id"]
    assert after[5].get("reply_to") is None
    assert [each["emoji"] for each in after[1]["reactions"]] == ["\U0001f44b"]


def test_equal_lines_of_one_minute_stay_as_many_as_they_are(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "talk.jsonl", {"text": "ok"}, {"text": "ok"}, {"text": "no", "at": 1}, {"text": "ok"})
    call("import_history", file)
    call("import_history", file)
    assert rooms.texts("general") == ["ok", "ok", "ok", "no"]
    assert len({event[5] for event in rooms.events("general")}) == 4


def test_a_room_that_exists_gets_replies_edits_and_reactions_too(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.store.create("general", "General")
    call("import_history", write_lines(tmp_path / "talk.jsonl", *TALK))
    first, second, third = exported(call)
    assert (third["reply_to"], second["edited"]) == (first["id"], "2023-11-14T22:19:00.000Z")
    assert len(first["reactions"]) == 2


def test_what_stands_twice_in_a_source_is_imported_once(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", *TALK)
    write_lines(tmp_path / "b.jsonl", *TALK)
    done = call("import_history", str(tmp_path))
    assert re.search(r"general +3 +3 +3 +0", done.err)
    assert len(rooms.texts("general")) == 3


def test_a_broken_record_stops_everything_unless_it_may_be_left_out(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "talk.jsonl", TALK[0], "{broken", TALK[1])
    done = call("import_history", file)
    assert done.code == 1
    assert "talk.jsonl, line 3: no JSON" in done.err
    assert "nothing was imported" in done.err
    assert rooms.snapshot() == {}
    assert call("import_history", "--skip-broken", file).code == 0
    assert len(rooms.texts("general")) == 2


def test_a_link_in_an_export_is_a_problem_with_its_name(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.mkdir()
    write_lines(export / "a.jsonl", *TALK)
    (export / "b.jsonl").symlink_to(export / "a.jsonl")
    done = call("import_history", str(export))
    assert done.code == 1
    assert "b.jsonl: a link: it is not read" in done.err


def test_direct_messages_go_where_the_owner_says(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "talk.jsonl", TALK[1], {"in": "dm", "text": "psst"})
    call("import_history", "--direct", "letters", file)
    assert {info.room: info.name for info in rooms.store.rooms()} == {
        "general": "General",
        "letters-ada-bea": "letters ada, bea",
    }
    call("import_history", "--room", "dm=two", file)
    assert rooms.texts("two") == ["psst"]


def test_rooms_of_one_name_stay_apart_and_are_found_again(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    lines = [
        {"room": "t1", "name": "help"},
        {"room": "t2", "name": "help"},
        {"room": "t3", "name": "?"},
        *({"in": key, "id": "1", "text": key} for key in ("t1", "t2", "t3")),
    ]
    first = write_lines(tmp_path / "talk.jsonl", *lines)
    call("import_history", first)
    assert rooms.texts("help") == ["t1"]
    assert rooms.texts("help-2") == ["t2"]
    turned = write_lines(tmp_path / "turned.jsonl", lines[1], lines[0], lines[2], *lines[3:])
    done = call("import_history", turned)
    assert sorted(re.findall(r"^\S+ +(\d+) +(\d+)", done.err, re.M)) == [("0", "1")] * 3, done.err
    assert len(rooms.store.rooms()) == 3


def test_one_room_is_chosen_by_its_name(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    lines = [{"room": "t1", "name": "One"}, {"in": "t1", "text": "1"}, {"text": "2"}]
    file = write_lines(tmp_path / "talk.jsonl", *lines)
    rooms.say("lobby", "here")
    done = call("import_history", "--room", "One=lobby", file)
    assert rooms.texts("lobby") == ["here", "1"]
    assert "message of rooms that --room does not name" in done.out
    wrong = call("import_history", "--room", "Two", file)
    assert (wrong.code, "It has: General, ada, bea, One" in wrong.err) == (2, True)


def test_many_messages_of_rooms_that_stay_out_do_not_disturb_the_chosen_one(
    rooms: Rooms, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_import, "READ_AT_ONCE", 2)
    lines = [{"text": "hello"}, {"text": "you"}, *({"in": "dm", "id": str(at), "text": "psst"} for at in range(5))]
    done = call("import_history", write_lines(tmp_path / "talk.jsonl", *lines))
    assert (done.code, len(rooms.events("general"))) == (0, 2)
    assert re.search(r"5 +direct messages", done.out)


def test_a_full_folder_of_temporary_files_is_named(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: sorter.Sorter) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sorter.Sorter, "flush", full)
    done = call("import_history", write_lines(tmp_path / "talk.jsonl", *TALK))
    assert done.code == 1
    assert f"No space is left in {tempfile.gettempdir()}" in done.err
    assert "TMPDIR" in done.err


def test_texts_and_names_are_made_to_fit(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    long = "word " * 2000
    lines = [
        {"id": "1", "text": long, "by": "A very long name that no room of this chat would take"},
        {"id": "2", "text": "\n a\x02b\ud800 \r\n c\x0b\n", "by": "\u202ebob\x07", "at": 1},
        {"id": "3", "text": "", "files": [{"name": "plan.pdf", "size": 2_100_000, "path": "files/plan.pdf"}], "at": 2},
        {"id": "4", "text": "\u200b", "by": "\u200b", "at": 3},
        {"id": "5", "text": "x", "by": "\u200b", "at": 4, "reactions": [["partyparrot", "U1"]]},
    ]
    done = call("import_history", write_lines(tmp_path / "talk.jsonl", *lines))
    assert re.search(r"1 +message without content", done.out)
    assert re.search(r"1 +reaction with an emoji that chatsite does not have", done.out)
    events = rooms.events("general")
    assert [event[3] for event in events] == [
        long.strip(),
        " ab\ufffd \n c",
        "[plan.pdf, 2.1 MB: `files/plan.pdf`]",
        "x",
    ]
    assert [event[2] for event in events] == ["A very long name that no room of", "bob", "U1", "somebody"]


def test_local_times_need_a_zone(call: Call, reader: LineReader, typed: io.StringIO, tmp_path: Path) -> None:
    reader.wants_zone = True
    file = write_lines(tmp_path / "talk.jsonl", *TALK)
    typed.write("Vienna\n\neurope/vienna\n")
    typed.seek(0)
    asked = call("import_history", "--dry-run", file)
    assert "with Europe/Berlin, 12:00 on 1 July is 10:00 UTC; with America/New_York" in asked.err
    assert "Note: times are in Europe/Vienna." in asked.out
    assert asked.err.count("is no time zone") == 2
    assert call("import_history", "--dry-run", file).code == 2  # nothing is typed any more
    assert "Asia/Tokyo" in call("import_history", "--dry-run", "--timezone", "Asia/Tokyo", file).out
    wrong = call("import_history", "--timezone", "Vienna", file)
    assert (wrong.code, "'Vienna' is no time zone" in wrong.err) == (2, True)
    typed.isatty = lambda: False  # type: ignore[method-assign]
    silent = call("import_history", file)
    assert (silent.code, "Say which with --timezone" in silent.err) == (2, True)


def test_an_open_date_order_is_asked(call: Call, reader: LineReader, typed: io.StringIO, tmp_path: Path) -> None:
    reader.wants_order = True
    file = write_lines(tmp_path / "talk.jsonl", *TALK)
    typed.write("ymd\nMDY\n")
    typed.seek(0)
    asked = call("import_history", "--dry-run", file)
    assert "line 12 has the date 04/05/23" in asked.err
    assert "with dmy it is 4 May 2023; with mdy it is 5 April 2023" in asked.err
    assert "Note: dates are mdy." in asked.out
    assert "'ymd' is none of them: type dmy or mdy" in asked.err
    typed.isatty = lambda: False  # type: ignore[method-assign]
    silent = call("import_history", file)
    assert (silent.code, "Say which with --date-order" in silent.err) == (2, True)
    assert call("import_history", "--dry-run", "--date-order", "dmy", file).code == 0


def test_what_was_read_before_a_question_is_imported_once(
    rooms: Rooms, call: Call, typed: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: messages of an earlier file were imported once more after the question about dates."""
    monkeypatch.setattr(foreign_import, "READ_AT_ONCE", 1)
    write_files(
        tmp_path / "chats",
        {
            "WhatsApp Chat with Garden.txt": "28/4/23, 10:00 - Ada: one\n28/4/23, 10:00 - Bea: two\n",
            "WhatsApp Chat with House.txt": "4/5/23, 10:00 - Ada: three\n4/5/23, 10:00 - Bea: four\n",
        },
    )
    typed.write("dmy\n")
    typed.seek(0)
    done = call("import_history", "--timezone", "UTC", str(tmp_path / "chats"))
    assert "4/5/23" in done.err
    assert rooms.texts("garden") == ["one", "two"]
    assert rooms.texts("house") == ["three", "four"]


def test_an_interrupted_import_continues(
    rooms: Rooms, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "BATCH", 2)
    monkeypatch.setattr(sorter, "MAX_WAITING", 3)
    lines = [{"id": str(n), "text": f"text {n}", "at": n, "reply": str(n - 3)} for n in range(20)]
    file = write_lines(tmp_path / "talk.jsonl", *reversed(lines))
    rooms.store.create("general", "General")
    with monkeypatch.context() as patched:
        append = type(rooms.store.open("general")).append
        left = [5]

        def failing(log: Any, drafts: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                raise StorageUnavailable("general", "x-mark", rooms.path("general"))
            return append(log, drafts)

        patched.setattr(type(rooms.store.open("general")), "append", failing)
        assert call("import_history", file).code == 1
    assert 0 < len(rooms.texts("general")) < 20
    call("import_history", file)
    events = rooms.events("general")
    assert [event[3] for event in events] == [f"text {n}" for n in range(20)]
    assert [event[6] for event in events[3:]] == [event[0] for event in events[:-3]]


def test_a_folder_of_nothing_known_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"x-mark")
    (tmp_path / "y.zip").write_bytes(b"x-mark")
    done = call("import_history", str(tmp_path))
    assert done.code == 1
    assert "is no export that is known" in done.err
    assert "It holds the archive y.zip: unpack that one" in done.err


@pytest.mark.parametrize("name", ["slack", "discord", "telegram", "teams", "googlechat", "thelounge", "irc", "matrix"])
def test_a_source_of_another_chat_than_said_is_refused(name: str, call: Call, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of a chat")
    done = call("import_history", "--from", name, "--timezone", "UTC", tmp_path / "notes.txt")
    assert done.code == 1
    assert done.err.count("notes.txt has no") == 1


def test_an_empty_folder_is_called_so(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = call("import_history", tmp_path / "empty")
    assert (done.code, "empty is empty" in done.err) == (1, True)
    (tmp_path / "empty" / "chat.json").symlink_to(tmp_path / "elsewhere.json")
    assert "chat.json in it is not read: a link." in call("import_history", tmp_path / "empty").err


def test_a_file_that_nothing_recognizes_leads_to_the_option_that_names_its_chat(call: Call, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of a chat")
    assert "say with --from which chat that is" in call("import_history", tmp_path / "notes.txt").err
    (tmp_path / "notes.txt").write_text("")
    empty = call("import_history", tmp_path / "notes.txt")
    assert (empty.code, "notes.txt is empty: export or copy it again" in empty.err) == (1, True)


def test_chatsites_own_files_are_no_other_chats(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.say("lobby", "one", "two")
    for name in ("own.json", "own.jsonl", "own.json.gz"):
        call("export_history", "--format", name.split(".")[1], "-o", str(tmp_path / name))
        assert call("import_history", str(tmp_path / name)).err == "lobby: 0 messages imported, 2 already there.\n"
    assert call("import_history", str(rooms.path("lobby"))).err == "lobby: 0 messages imported, 2 already there.\n"


def test_imports_go_into_a_database_too(
    call: Call, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{template}")
    stores = SqliteInstallation(tmp_path, template)
    monkeypatch.setattr(owner_command, "open_store", lambda conf: stores.open())
    file = write_lines(tmp_path / "talk.jsonl", *TALK)
    assert re.search(r"general +3 +0 +3 +0", call("import_history", file).err)
    assert re.search(r"general +0 +3 +0 +0", call("import_history", file).err)
    later = {"id": "9", "at": 9, "text": "new", "reply": "2"}
    assert re.search(r"general +1 +3 +0 +0", call("import_history", write_lines(tmp_path / "b", *TALK, later)).err)
    assert [each["message"] for each in exported(call)] == ["hello", "as I said", "and hello to you", "new"]
    assert call("verify_history").code == 0
    stores.close()
