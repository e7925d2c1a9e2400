"""export_history: the output, its destination, and the exit codes."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, load_command_class

from chat.storage import Draft
from chat.text import markup
from tests.support.core.command_rooms import Call, Rooms, environment
from tests.support.live_server import PROJECT, TIME_LIMIT

TYPED = '1 < 2 & "x"\n\t\\ \U0001f600 ü'


def test_the_document_is_json_with_every_room_and_every_event(rooms: Rooms, call: Call) -> None:
    rooms.store.create("garden", "The Garden")
    rooms.say("garden", TYPED, client_id="c1")
    rooms.say("lobby", "hello", id=7, timestamp="2026-11-23T12:00:00.000Z")
    rooms.say("lobby", "hello", reply_to=7)
    document = json.loads(call("export_history").out)
    assert document["chatsite"] == 1
    assert [(room["room"], room["name"]) for room in document["rooms"]] == [
        ("garden", "The Garden"),
        ("lobby", "lobby"),
    ]
    garden, lobby = document["rooms"]
    assert garden["events"][0] == {
        "id": 2,
        "type": "message",
        "author": "a1",
        "username": "ada",
        "message": TYPED,
        "timestamp": garden["events"][0]["timestamp"],
        "client_id": "c1",
    }
    assert lobby["events"][1]["reply_to"] == 7
    assert lobby["epoch"] != garden["epoch"]


def test_each_line_of_jsonl_is_an_event_with_its_room(rooms: Rooms, call: Call) -> None:
    rooms.say("garden", TYPED)
    rooms.say("lobby", "one", "two")
    events = [json.loads(line) for line in call("export_history", "--format", "jsonl").lines]
    assert [(event["room"], event["message"]) for event in events] == [
        ("garden", TYPED),
        ("lobby", "one"),
        ("lobby", "two"),
    ]


@pytest.mark.parametrize("format_", ["csv", "html", "jsonl", "md"])
def test_a_terminal_is_shown_symbols_for_control_characters(rooms: Rooms, call: Call, format_: str) -> None:
    """Regression: a control sequence in an imported message was carried out by the owner's terminal."""
    rooms.say("lobby", "one\x1b]0;x-mark\x07 two\x7f three\x9b4m\rfour\nfive")
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    call_command("export_history", "--format", format_, stdout=terminal)
    shown = terminal.getvalue()
    assert not [character for character in shown.replace("\r\n", "\n") if character in "\x1b\x07\x7f\x9b\r"]
    assert "x-mark" in shown
    assert "\x9b" in call("export_history", "--format", format_).out, "programs get every character"


def test_without_rooms_every_format_is_still_whole(call: Call) -> None:
    assert json.loads(call("export_history").out)["rooms"] == []
    assert call("export_history", "--format", "jsonl").out == ""
    assert call("export_history", "--format", "csv").out.count("\r\n") == 1
    assert call("export_history", "--format", "html").out.endswith("</html>\n")


def test_an_empty_room_is_exported_as_an_empty_room(rooms: Rooms, call: Call) -> None:
    rooms.store.create("quiet", "Quiet")
    assert json.loads(call("export_history").out)["rooms"][0]["events"] == []
    assert "Nothing was said here." in call("export_history", "--format", "html").out


def test_csv_has_a_header_and_keeps_line_breaks_and_quotes(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", 'a "b", c\nd')
    out = call("export_history", "--format", "csv").out
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert (row["room"], row["id"], row["username"], row["message"]) == ("lobby", "2", "ada", 'a "b", c\nd')
    assert out.split("\r\n")[0] == "room,id,timestamp,author,username,message,reply_to,client_id,type,edited,reactions"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1", '=HYPERLINK("http://x")'])
def test_a_spreadsheet_sees_no_formula(rooms: Rooms, call: Call, text: str) -> None:
    rooms.say("lobby", text, client_id="=id", username="=name")
    out = call("export_history", "--format", "csv").out
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert (row["message"], row["client_id"], row["username"]) == (f"'{text}", "'=id", "'=name")


def test_a_room_can_be_chosen_and_an_unknown_one_names_those_that_are_there(rooms: Rooms, call: Call) -> None:
    for room in ("a", "b", "c"):
        rooms.say(room, f"in {room}")
    chosen = json.loads(call("export_history", "--room", "c", "--room", "a").out)
    assert [room["room"] for room in chosen["rooms"]] == ["c", "a"]
    unknown = call("export_history", "--room", "nope")
    assert unknown.code == 2
    assert "nope" in unknown.err
    assert "a, b, c" in unknown.err


def at(*timestamps: str) -> list[Draft]:
    return [Draft(author="a1", username="ada", message=text, timestamp=text) for text in timestamps]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--since", "2026-11-02"], ["2026-11-02T00:00:00.000Z", "2026-11-03T12:00:00.000Z"]),
        (["--until", "2026-11-01"], ["2026-11-01T23:59:59.999Z"]),
        (["--until", "2026-11-02T00:00:00Z"], ["2026-11-01T23:59:59.999Z"]),
        (["--since", "2026-11-02", "--until", "2026-11-02"], ["2026-11-02T00:00:00.000Z"]),
        (["--since", "2026-11-03T13:00:00+01:00"], ["2026-11-03T12:00:00.000Z"]),
        (["--since", "2026-11-03T12:00:00.001Z"], []),
    ],
)
def test_a_period_begins_with_since_and_a_day_lasts_to_its_end(
    rooms: Rooms, call: Call, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: list[str]
) -> None:
    monkeypatch.setattr("chat.history.dates._zone_at_start", lambda: {"TZ": "UTC"})
    rooms.append("lobby", at("2026-11-01T23:59:59.999Z", "2026-11-02T00:00:00.000Z", "2026-11-03T12:00:00.000Z"))
    events = [json.loads(line) for line in call("export_history", "--format", "jsonl", *arguments).lines]
    assert [event["message"] for event in events] == expected


def test_a_time_without_a_zone_is_the_machines(rooms: Rooms, manage: Call) -> None:
    rooms.append("lobby", at("2026-07-01T03:59:00.000Z", "2026-07-01T04:00:00.000Z"))
    done = manage("export_history", "--format", "jsonl", "--since", "2026-07-01", TZ="America/New_York")
    assert [json.loads(line)["message"] for line in done.lines] == ["2026-07-01T04:00:00.000Z"]


def test_a_bad_date_is_one_clear_sentence_and_exit_code_2(manage: Call) -> None:
    done = manage("export_history", "--since", "yesterday")
    assert done.code == 2
    assert "'yesterday' is not a date or time of ISO 8601, such as 2026-11-23" in done.err
    assert "Traceback" not in done.err


def test_a_file_appears_whole_and_the_note_goes_to_stderr(rooms: Rooms, manage: Call, tmp_path: Path) -> None:
    rooms.say("lobby", TYPED)
    target = tmp_path / "history.json.gz"
    done = manage("export_history", "--output", str(target))
    assert (done.code, done.out) == (0, "")
    assert "Exported 1 message of 1 room to" in done.err
    assert json.loads(gzip.decompress(target.read_bytes()))["rooms"][0]["events"][0]["message"] == TYPED
    assert target.stat().st_mode & 0o777 == 0o600


def test_an_export_that_fails_leaves_the_older_file_and_no_other(
    rooms: Rooms, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(text: str) -> str:
        raise OSError(28, "No space left on device")

    rooms.say("lobby", "hello")
    folder = tmp_path / "exports"
    folder.mkdir()
    target = folder / "page.html"
    target.write_text("older")
    monkeypatch.setattr(markup, "render", fail)
    done = call("export_history", "--format", "html", "-o", str(target))
    assert done.code == 1
    assert "No space left on device" in done.err
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"page.html": "older"}


def test_a_folder_that_is_not_there_is_named(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    done = call("export_history", "-o", str(tmp_path / "missing" / "x.json"))
    assert done.code == 1
    assert done.err == f"{tmp_path / 'missing' / 'x.json'}: No such file or directory"


def test_an_export_never_takes_the_place_of_a_room(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "hello")
    before = rooms.snapshot()
    for name in ("lobby.json", "new.json"):
        done = call("export_history", "-o", str(rooms.folder / name))
        assert done.code == 2
        assert "is where chatsite keeps a room" in done.err
    assert rooms.snapshot() == before


def test_a_device_is_written_to_not_replaced(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "hello")
    assert call("export_history", "-o", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_damaged_rooms_are_named_and_the_others_go_on(rooms: Rooms, call: Call) -> None:
    rooms.say("broken", "one")
    rooms.say("broken", "two")
    rooms.say("lobby", "hello")
    rooms.path("worse").write_text("nothing of chatsite's")
    rooms.damage("broken")
    done = call("export_history", "--format", "jsonl")
    assert done.code == 1
    assert "broken" in done.err
    assert "line 3" in done.err
    assert "worse" in done.err
    assert [json.loads(line)["message"] for line in done.lines] == ["two", "hello"]


def test_a_reader_that_goes_away_ends_it_quietly(rooms: Rooms) -> None:
    rooms.say("lobby", *["x" * 1000] * 500)
    with subprocess.Popen(
        [sys.executable, "manage.py", "export_history"],
        cwd=PROJECT,
        env=environment(rooms),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as export:
        assert export.stdout is not None
        assert export.stderr is not None
        assert export.stdout.readline().startswith(b'{"chatsite"')
        export.stdout.close()
        assert export.stderr.read() == b""
        assert export.wait(TIME_LIMIT) == 141


def test_an_export_does_not_change_the_storage_folder(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "hello")
    before = rooms.snapshot()
    call("export_history")
    assert rooms.snapshot() == before


class Sink(io.RawIOBase):
    """Discards everything."""

    def __init__(self) -> None:
        self.size = 0
        self.buffer = self

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


@pytest.mark.parametrize(("format", "thousands"), [("json", 20), ("html", 8)])
def test_a_large_room_is_a_stream(rooms: Rooms, format: str, thousands: int) -> None:
    for _ in range(thousands):
        rooms.say("lobby", *["x" * 1000] * 1000)
    sink = Sink()
    tracemalloc.start()
    try:
        call_command("export_history", "--format", format, stdout=sink)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sink.size > thousands * 1_000_000
    assert peak < 6_000_000, "bytes in use at once"


@pytest.mark.parametrize(
    ("command", "niceness"), [("export_history", 10), ("verify_history", 10), ("clear_history", 0)]
)
def test_commands_that_read_whole_rooms_leave_the_processor_to_the_server(
    command: str, niceness: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "nice", asked.append)
    with pytest.raises(SystemExit):
        load_command_class("chat", command).run_from_argv(["manage.py", command, "--help"])
    assert asked == [niceness]
