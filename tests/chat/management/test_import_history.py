"""import_history: an export is restored, existing messages stay, and a bad file changes nothing."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from chat.history import merge
from chat.history.entry import decode
from chat.history.merge import ConcurrentWrite, Merge
from chat.history.survey import Imported, RoomSurvey
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.command_rooms import Call, Rooms

TYPED = '1 < 2 & "x"\n\t\\ \U0001f600 ü'
WHEN = "2026-11-01T10:00:00.000Z"


def event(**members: Any) -> dict[str, Any]:
    return {"room": "lobby", "author": "b2", "username": "bea", "message": "hi", "timestamp": WHEN, **members}


def jsonl(tmp_path: Path, *events: dict[str, Any] | str) -> str:
    path = tmp_path / "events.jsonl"
    path.write_text("".join((e if isinstance(e, str) else json.dumps(e)) + "\n" for e in events))
    return str(path)


def fill(rooms: Rooms) -> None:
    """Two rooms with replies, holes in the ids, and everything that can be typed."""
    rooms.store.create("garden", "The Garden")
    rooms.append(
        "garden",
        [
            Draft(author="a1", username="ada", message=TYPED, client_id="c1", id=5, timestamp=WHEN),
            Draft(author="b2", username="bea", message="hm", reply_to=5, id=9, timestamp=WHEN),
        ],
    )
    rooms.say("lobby", "cleared")
    log = rooms.store.open("lobby")
    log.clear(2)
    log.close()
    rooms.say("lobby", "one", "two")


@pytest.mark.parametrize("suffix", [".json", ".json.gz", ".jsonl", ".jsonl.gz"])
def test_what_was_exported_comes_back_the_same(rooms: Rooms, call: Call, tmp_path: Path, suffix: str) -> None:
    fill(rooms)
    format = suffix.split(".")[1]
    file = str(tmp_path / f"export{suffix}")
    before = call("export_history", "--format", "jsonl").lines
    call("export_history", "--format", format, "-o", file)
    for room in ("garden", "lobby"):
        rooms.path(room).unlink()
    done = call("import_history", file)
    assert done.code == 0
    assert done.out == ""
    assert done.err.splitlines() == [
        "garden: 2 messages imported, 0 already there.",
        "lobby: 2 messages imported, 0 already there.",
    ]
    assert call("export_history", "--format", "jsonl").lines == before
    if format == "json":
        assert {info.room: info.name for info in rooms.store.rooms()}["garden"] == "The Garden"


def test_an_export_goes_through_a_pipe(rooms: Rooms, manage: Call) -> None:
    fill(rooms)
    exported = manage("export_history").out
    before = rooms.events("garden")
    rooms.path("garden").unlink()
    done = manage("import_history", "-", stdin=gzip.compress(exported.encode()))
    assert done.code == 0
    assert rooms.events("garden") == before
    assert done.err.splitlines() == [
        "garden: 2 messages imported, 0 already there.",
        "lobby: 0 messages imported, 2 already there.",
    ]


def test_a_second_import_changes_nothing(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    fill(rooms)
    file = str(tmp_path / "export.json")
    call("export_history", "-o", file)
    before = rooms.snapshot()
    done = call("import_history", file)
    assert "0 messages imported, 2 already there." in done.err
    assert rooms.snapshot() == before


def test_a_rooms_own_file_can_be_imported(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    fill(rooms)
    before = rooms.events("garden")
    copy = tmp_path / "garden.json"
    rooms.path("garden").rename(copy)
    assert call("import_history", str(copy)).code == 0
    assert rooms.events("garden") == before
    assert rooms.store.open("garden").name == "The Garden"


def test_a_torn_copy_of_a_rooms_file_gives_its_whole_records(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.say("lobby", "one", "two")
    copy = tmp_path / "lobby.json"
    copy.write_bytes(rooms.path("lobby").read_bytes()[:-30])
    assert call("import_history", str(copy), "--room", "copy").code == 0
    assert rooms.texts("copy") == ["one"]


def test_a_damaged_copy_of_a_rooms_file_is_refused(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.say("lobby", "one")
    rooms.say("lobby", "two")
    rooms.damage("lobby")
    done = call("import_history", str(rooms.path("lobby")), "--room", "copy")
    assert done.code == 1
    assert "line 3: the checksum does not match" in done.err
    assert not rooms.path("copy").exists()


def test_an_export_that_was_written_anew_is_read_all_the_same(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    fill(rooms)
    document = json.loads(call("export_history").out)
    before = rooms.events("garden")
    rooms.path("garden").unlink()
    for indent in (None, 2):
        file = tmp_path / "anew.json"
        file.write_text(json.dumps(document, indent=indent))
        assert call("import_history", str(file)).code == 0
    assert rooms.events("garden") == before


def test_into_a_room_with_history_the_new_ones_follow_with_new_ids(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.say("lobby", "old", author="b2", username="bea", client_id="c1", timestamp=WHEN)
    rooms.say("lobby", "plain", author="b2", username="bea", timestamp=WHEN)
    file = jsonl(
        tmp_path,
        event(id=10, message="old", client_id="c1"),
        event(id=11, message="plain"),
        event(id=12, message="new", reply_to=10),
        event(id=13, message="newer", reply_to=12),
        event(id=14, message="lost", reply_to=4),
        event(id=15, message="plain", author="other"),
    )
    done = call("import_history", file)
    assert done.err == "lobby: 4 messages imported, 2 already there.\n"
    assert [(e[0], e[3], e[6]) for e in rooms.events("lobby")][2:] == [
        (4, "new", 2),
        (5, "newer", 4),
        (6, "lost", None),
        (7, "plain", None),
    ]
    assert {e[4] for e in rooms.events("lobby")} == {WHEN}


def test_what_is_there_is_known_however_large_its_id_is(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    """Ids of 33 bits and more overflowed into the hash beside them, and the message was imported again."""
    rooms.append("lobby", [Draft(author="b2", username="bea", message="hi", id=2**53 - 10, timestamp=WHEN)])
    assert call("import_history", jsonl(tmp_path, event())).err == "lobby: 0 messages imported, 1 already there.\n"


def test_the_same_words_twice_in_a_file_are_two_messages(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    call("import_history", jsonl(tmp_path, event(), event()))
    assert rooms.texts("lobby") == ["hi", "hi"]


def test_messages_without_ids_get_ids(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    call("import_history", jsonl(tmp_path, event(message="a"), event(id=7, message="b"), event(message="c")))
    assert [(e[0], e[3]) for e in rooms.events("lobby")] == [(2, "a"), (3, "b"), (4, "c")]


def test_times_are_kept_in_one_form_and_line_breaks_too(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    call("import_history", jsonl(tmp_path, event(timestamp="2026-11-01T11:00:00+01:00", message="a\r\nb")))
    assert rooms.events("lobby")[0][3:5] == ("a\nb", WHEN)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{not json", "not a whole JSON object"),
        ('{"cut": "of', "not a whole JSON object"),
        ("[1]", "not an event of chatsite"),
        (event(message=""), '"message": A message needs'),
        (event(message=None), '"message"'),
        (event(message="x" * 100_001), '"message"'),
        (event(message="\x00"), '"message"'),
        (event(username="x" * 33), '"username"'),
        (event(username=None), '"username"'),
        (event(author=""), '"author"'),
        (event(author=5), "author"),
        (event(timestamp="yesterday"), '"timestamp"'),
        (event(timestamp=None), '"timestamp"'),
        (event(id=0), "id"),
        (event(id=2**53), "id"),
        (event(id=1.5), "id"),
        (event(id=3), "id 3 stands behind id 3"),
        (event(reply_to=0), "reply_to"),
        (event(client_id=""), "client_id"),
        (event(type="delete", message=None, target=2, client_id="a\x00"), '"client_id"'),
        (event(room="../../etc"), "cannot be a room"),
        ("[" * 100_000, "not a"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_imported(
    rooms: Rooms, call: Call, tmp_path: Path, bad: dict[str, Any] | str, reason: str
) -> None:
    rooms.say("lobby", "there")
    before = rooms.snapshot()
    done = call("import_history", jsonl(tmp_path, event(id=2), event(id=3), bad, event(id=4)))
    assert done.code == 1
    assert f"{tmp_path / 'events.jsonl'}: line 3: {reason}"[:40] in done.err
    assert reason in done.err
    assert done.err.endswith("Nothing was imported.")
    assert rooms.snapshot() == before


def test_many_bad_lines_are_told_at_once_and_then_counted(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    done = call("import_history", jsonl(tmp_path, *["{"[:1] + "x"] * 25))
    assert done.err.count(": line ") == 10
    assert "and 15 more" in done.err


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9, 0.99])
def test_an_export_that_was_cut_short_is_refused(rooms: Rooms, call: Call, tmp_path: Path, keep: float) -> None:
    fill(rooms)
    whole = call("export_history").out.encode()
    before = rooms.snapshot()
    file = tmp_path / "cut.json"
    file.write_bytes(whole[: int(len(whole) * keep)])
    assert call("import_history", str(file)).code == 1
    lines = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[: int(len(lines) * keep)]))
    done = call("import_history", str(file))
    assert done.code == 1
    assert "cut short" in done.err
    file.with_suffix(".gz").write_bytes(gzip.compress(whole)[: int(200 * keep)])
    assert "cut short" in call("import_history", str(file.with_suffix(".gz"))).err
    assert rooms.snapshot() == before


@pytest.mark.parametrize("content", ["{}", "[]", "{\n}", "[1, 2]", "hello", '{"chatsite": 2, "rooms": []}', "\x00\x01"])
def test_other_files_are_refused_or_bring_nothing(rooms: Rooms, call: Call, tmp_path: Path, content: str) -> None:
    file = tmp_path / "other"
    file.write_text(content)
    done = call("import_history", str(file))
    assert done.code == 1 or content == "[]"
    assert rooms.snapshot() == {}


def test_a_file_that_is_not_there_is_named(call: Call, tmp_path: Path) -> None:
    done = call("import_history", str(tmp_path / "missing"))
    assert (done.code, done.err) == (1, f"{tmp_path / 'missing'}: No such file or directory")


def test_a_room_can_be_chosen_and_renamed(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    fill(rooms)
    file = str(tmp_path / "export.json")
    call("export_history", "-o", file)
    assert call("import_history", file, "--room", "garden=copy").code == 0
    assert rooms.events("copy") == rooms.events("garden")
    assert rooms.store.open("copy").name == "copy"
    assert call("import_history", file, "--room", "lobby").err.startswith("lobby: 0 messages imported")
    for wrong in (["--room", "nope"], ["--room", "garden=No"], ["--room", "garden=x", "--room", "lobby=x"]):
        assert call("import_history", file, *wrong).code == 2


def test_a_room_whose_address_another_room_has_is_asked_about(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    """Regression: what was said in C++ came into the room C#, with no more than a note."""
    rooms.store.create("c", "C#")
    file = jsonl(tmp_path, event(room="c", type="room", name="C++", message=None), event(room="c"))
    for arguments in ([], ["--dry-run"]):
        done = call("import_history", file, *arguments)
        assert (done.code, rooms.texts("c")) == (2, [])
        assert 'c: is called "C++" in the file, and the room "C#" has this address here' in done.err
        assert "--room c=c to import into that one, or --room c=c-2 for its own" in done.err
    assert call("import_history", file, "--room", "c=c-2").code == 0
    assert rooms.texts("c-2") == ["hi"]
    assert 'c: is called "C++" in the file, and "C#" here.' in call("import_history", file, "--room", "c=c").err
    assert rooms.texts("c") == ["hi"]
    same = jsonl(tmp_path, event(room="c", type="room", name="c#", message=None), event(room="c"))
    assert "is called" not in call("import_history", same).err


def test_a_room_that_was_renamed_is_still_the_room_of_its_export(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.store.create("c", "C#")
    rooms.say("c", "hi")
    export = call("export_history").out
    file = tmp_path / "export.json"
    file.write_text(export.replace('"name":"C#"', '"name":"C sharp"'))
    assert call("import_history", str(file)).code == 0


def test_the_only_room_of_a_file_goes_where_room_says(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    file = jsonl(tmp_path, event())
    assert call("import_history", file, "--room", "elsewhere").code == 0
    assert rooms.texts("elsewhere") == ["hi"]
    nameless = event()
    del nameless["room"]
    assert call("import_history", jsonl(tmp_path, nameless)).code == 2
    assert call("import_history", jsonl(tmp_path, nameless), "--room", "third").code == 0
    assert rooms.texts("third") == ["hi"]


def test_a_dry_run_says_what_is_in_the_file(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    done = call("import_history", jsonl(tmp_path, event(), event(room="garden")), "--dry-run")
    assert done.err.endswith("Nothing was written. Run it without --dry-run to import.\n")
    assert (done.code, done.lines) == (0, ["lobby: 1 message", "garden: 1 message"])
    assert rooms.snapshot() == {}


def test_a_damaged_room_is_named_and_the_others_are_filled(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.say("broken", "one")
    rooms.say("broken", "two")
    rooms.damage("broken")
    before = rooms.path("broken").read_bytes()
    done = call("import_history", jsonl(tmp_path, event(room="broken"), event()))
    assert done.code == 1
    assert "broken:" in done.err
    assert "line 3" in done.err
    assert rooms.path("broken").read_bytes() == before
    assert rooms.texts("lobby") == ["hi"]


def test_clears_and_later_kinds_of_events_are_left_out_and_counted(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    done = call(
        "import_history", jsonl(tmp_path, event(), event(type="clear", target=1, message=None), event(type="poll"))
    )
    assert done.err == "lobby: 1 message imported, 0 already there, 2 events of other kinds left out.\n"


def test_somebody_who_writes_into_a_room_that_is_being_filled_is_not_overrun(rooms: Rooms) -> None:
    """Imported ids were written behind newer ones, which damaged the file. Now the log refuses them."""
    log = JsonFileStore(rooms.folder).open("lobby")
    filling = Merge(log, RoomSurvey(message_count=1, first_id=2, last_id=2))
    filling.add(Imported(None, Draft(author="b2", username="bea", message="imported", id=2, timestamp=WHEN)))
    rooms.say("lobby", "said meanwhile")
    with pytest.raises(ConcurrentWrite):
        filling.flush()
    filling.close()
    log.close()
    assert rooms.texts("lobby") == ["said meanwhile"]


def test_batches_are_split_where_a_reply_needs_an_id(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "BATCH", 3)
    rooms.say("lobby", "there")
    log = rooms.store.open("lobby")
    filling = Merge(log, RoomSurvey(message_count=9, first_id=20, last_id=28))
    for number in range(20, 29):
        reply = {22: 20, 23: 21, 27: 26}.get(number)
        draft = Draft(author="b2", username="bea", message=str(number), id=number, reply_to=reply, timestamp=WHEN)
        filling.add(Imported(None, draft))
    filling.finish()
    filling.close()
    log.close()
    new = {event[3]: event[0] for event in rooms.events("lobby")}
    replies = {event[3]: event[6] for event in rooms.events("lobby") if event[6] is not None}
    assert replies == {"22": new["20"], "23": new["21"], "27": new["26"]}


def test_progress_is_for_terminals(rooms: Rooms, manage: Call, tmp_path: Path) -> None:
    done = manage("import_history", jsonl(tmp_path, *[event(message=str(n)) for n in range(2500)]))
    assert (done.code, done.out) == (0, "")
    assert done.err == "lobby: 2500 messages imported, 0 already there.\n"


def test_a_large_file_is_a_stream(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    file = jsonl(tmp_path, *[event(id=n + 2, message=f"{n} " + "x" * 800) for n in range(12_000)])
    tracemalloc.start()
    try:
        done = call("import_history", file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert done.code == 0
    assert peak < 8_000_000, "bytes in use at once"


def test_an_entry_without_a_type_is_a_message() -> None:
    assert decode(b"{}").type == "message"


def test_a_message_that_was_stored_with_blank_lines_at_its_ends_is_recognized(
    rooms: Rooms, call: Call, tmp_path: Path
) -> None:
    """Regression: since imports trim such lines, the room's own export would have been imported a second time."""
    rooms.say("lobby", "\n  typed long ago\n\n", timestamp=WHEN)
    file = str(tmp_path / "export.json")
    call("export_history", "-o", file)
    before = rooms.snapshot()
    assert call("import_history", file).code == 0
    assert rooms.snapshot() == before
