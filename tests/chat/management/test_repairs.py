"""verify_history --repair-layout and --accept-edits, and the import of what tools left of a room's file."""

import codecs
import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from chat.storage import RoomLog, StorageUnavailable
from chat.storage.json_files.room_lock import MAX_AGE_NS
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.command_rooms import Call, Rooms, environment
from tests.support.live_server import PROJECT, TIME_LIMIT


@pytest.fixture
def lobby(rooms: Rooms) -> Path:
    """Lines 3 to 6 of the file, in two batches."""
    rooms.say("lobby", "one", "zwei ä")
    rooms.say("lobby", "three", "four")
    return rooms.path("lobby")


def formatted(path: Path) -> bytes:
    """Lay a file out anew; returns it as it was."""
    raw = path.read_bytes()
    path.write_text(json.dumps(json.loads(raw), indent=2))
    return raw


def edit(path: Path, old: bytes, new: bytes) -> None:
    raw = path.read_bytes()
    assert raw.count(old) == 1
    path.write_bytes(raw.replace(old, new))


# --repair-layout


def test_a_layout_is_repaired_and_the_room_is_verified(rooms: Rooms, manage: Call, lobby: Path) -> None:
    raw = formatted(lobby)
    rooms.say("tea", "fine")
    found = manage("verify_history")
    assert (found.code, found.lines[0].startswith("lobby: 0 records, to be repaired at line 2: JSON, laid out")) == (
        1,
        True,
    )
    dry = manage("verify_history", "--repair-layout", "--dry-run")
    assert (dry.code, dry.lines) == (
        0,
        ["lobby: its layout would be repaired", "tea: its layout is as it should be"],
    )
    changed = lobby.read_bytes()
    done = manage("verify_history", "--repair-layout")
    assert (done.code, done.lines) == (0, ["lobby: 5 records, all well", "tea: 2 records, all well"])
    (backup,) = lobby.parent.glob("lobby.json.backup-*")
    assert f"lobby: its layout was repaired; a copy of the file as it was is kept in {backup}." in done.err
    assert (lobby.read_bytes(), backup.read_bytes()) == (raw, changed)


def test_what_is_no_whole_json_is_not_touched(rooms: Rooms, call: Call, lobby: Path) -> None:
    formatted(lobby)
    lobby.write_bytes(lobby.read_bytes()[:-100])
    before = rooms.snapshot()
    done = call("verify_history", "--repair-layout")
    assert (done.code, "lobby: not changed: " in done.err, "1 room failed" in done.err) == (1, True, True)
    assert rooms.snapshot() == before


# --accept-edits


def test_edits_are_shown_with_the_text_before_if_a_copy_has_it_and_accepted(
    rooms: Rooms, call: Call, lobby: Path
) -> None:
    lobby.with_name("lobby.json~").write_bytes(lobby.read_bytes())
    edit(lobby, b'"zwei \xc3\xa4"', b'"zwei"')
    dry = call("verify_history", "--accept-edits", "--dry-run")
    assert dry.code == 0
    assert dry.lines[0] == "lobby, line 4:"
    assert [line.partition(":")[0] for line in dry.lines[1:]] == ["  before", "  now"]
    assert ('"zwei ä"' in dry.lines[1], '"zwei"' in dry.lines[2], '"crc"' in dry.out) == (True, True, False)
    assert Rooms(rooms.folder).store.open("lobby").damage is not None
    done = call("verify_history", "--accept-edits", "--noinput")
    assert (done.code, done.lines[-1]) == (0, "lobby: 5 records, 1 edited by hand")
    assert Rooms(rooms.folder).texts("lobby") == ["one", "zwei", "three", "four"]
    assert len(list(lobby.parent.glob("lobby.json.backup-*"))) == 1
    Rooms(rooms.folder).say("lobby", "and on")


def test_without_a_copy_the_text_before_is_not_known(call: Call, lobby: Path) -> None:
    edit(lobby, b'"three"', b'"3"')
    done = call("verify_history", "--accept-edits", "--noinput")
    assert "  before: (not known: no copy of the file beside it has this line)" in done.lines


def test_a_line_that_lost_its_comma_or_more_is_no_edit(rooms: Rooms, call: Call, lobby: Path) -> None:
    edit(lobby, b'"three"', b'"three')
    before = rooms.snapshot()
    done = call("verify_history", "--accept-edits", "--noinput")
    assert (done.code, "damaged at line 5" in done.out) == (1, True)
    assert rooms.snapshot() == before


def test_several_edits_and_their_layout_are_accepted_as_they_are(rooms: Rooms, call: Call, lobby: Path) -> None:
    edit(lobby, b'"one"', b'"eins"')
    edit(lobby, b'"four"', b'"vier"')
    edit(lobby, b'"name":"lobby"', b'"name":"The Lobby"')
    lobby.write_bytes(lobby.read_bytes().replace(b"\n", b"\r\n"))
    assert call("verify_history", "--accept-edits", "--noinput").lines[-1] == "lobby: 5 records, 3 edited by hand"
    assert Rooms(rooms.folder).texts("lobby") == ["eins", "zwei ä", "three", "vier"]
    assert b"},\r\n" in lobby.read_bytes()


def test_without_a_terminal_nobody_is_asked_and_nothing_is_accepted(rooms: Rooms, manage: Call, lobby: Path) -> None:
    edit(lobby, b'"three"', b'"3"')
    before = rooms.snapshot()
    done = manage("verify_history", "--accept-edits")
    assert (done.code, "--noinput" in done.err) == (2, True)
    assert rooms.snapshot() == before


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_on_a_terminal_it_asks(answer: str, rooms: Rooms, lobby: Path) -> None:
    edit(lobby, b'"three"', b'"3"')
    controller, terminal = pty.openpty()
    command = [sys.executable, "manage.py", "verify_history", "--accept-edits"]
    streams: dict[str, Any] = {"stdin": terminal, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=PROJECT, env=environment(rooms), **streams) as process:
        assert process.stderr is not None
        asked = b""
        while b"Type yes" not in asked:
            assert select.select([process.stderr], [], [], TIME_LIMIT)[0]
            asked += os.read(process.stderr.fileno(), 4096)
        os.write(controller, answer.encode() + b"\n")
        process.communicate(timeout=TIME_LIMIT)
    os.close(controller)
    os.close(terminal)
    assert b"Accept 1 edit in lobby?" in asked
    assert (Rooms(rooms.folder).store.open("lobby").damage is None) == (answer == "yes")


def test_an_open_room_goes_on_with_accepted_edits(rooms: Rooms, call: Call, lobby: Path) -> None:
    server = JsonFileStore(rooms.folder).open("lobby")
    epoch = server.epoch
    edit(lobby, b'"three"', b'"3"')
    follow(server)
    assert server.damage is not None
    call("verify_history", "--accept-edits", "--noinput")
    assert server.changed()
    follow(server)
    assert (server.damage, server.epoch, server.last_id) == (None, epoch, 5)


def follow(log: RoomLog) -> None:
    """Refresh a log as a server does: it may have to wait until the file has stood still."""
    for _ in range(int(TIME_LIMIT / 0.05)):
        with contextlib.suppress(StorageUnavailable):
            return log.refresh()
        time.sleep(0.05)
    raise AssertionError("the file was not taken in")


@pytest.mark.parametrize("option", ["--noinput", "--dry-run"])
def test_options_of_repairs_need_a_repair(option: str, call: Call, lobby: Path) -> None:
    assert call("verify_history", option).code == 2


# What the lock file remembers


def test_a_repair_does_not_make_a_copied_lock_file_vouch_for_the_room(rooms: Rooms, call: Call, lobby: Path) -> None:
    """Regression: a folder was restored with its lock files and mended, and its ids were given again in one epoch."""
    before = Rooms(rooms.folder).store.open("lobby").epoch
    lock = lobby.with_name(".lobby.lock")
    memory = json.loads(lock.read_bytes())
    lock.write_text(json.dumps({**memory, "written_ns": memory["written_ns"] - 2 * MAX_AGE_NS}))
    formatted(lobby)
    assert call("verify_history", "--repair-layout").code == 0
    assert Rooms(rooms.folder).store.open("lobby").epoch != before


def test_a_repair_does_not_hide_that_the_last_record_is_another_one(rooms: Rooms, call: Call, lobby: Path) -> None:
    """Regression: a repaired file with the same last id, of another message, was the same history."""
    before = Rooms(rooms.folder).store.open("lobby").epoch
    records = json.loads(lobby.read_bytes())
    records[-1] = {**records[-1], "message": "another fifth", "timestamp": "2026-11-23T13:42:38.063Z"}
    del records[-1]["crc"]
    lobby.write_text(json.dumps(records, indent=2))
    assert call("verify_history", "--repair-layout").code == 0
    assert Rooms(rooms.folder).store.open("lobby").epoch != before


def test_after_a_repair_the_history_is_the_same(rooms: Rooms, call: Call, lobby: Path) -> None:
    before = Rooms(rooms.folder).store.open("lobby").epoch
    formatted(lobby)
    assert call("verify_history", "--repair-layout").code == 0
    assert Rooms(rooms.folder).store.open("lobby").epoch == before


# Modes


def test_a_file_that_others_can_read_is_named(call: Call, lobby: Path) -> None:
    lobby.chmod(0o644)
    assert call("verify_history").lines == [
        "lobby: 5 records, open to other users of this machine (mode 0644: chmod 600)"
    ]


# Imports


def imported(call: Call, path: Path) -> str:
    done = call("import_history", str(path), "--room", "copy")
    assert done.code == 0, done.err
    return done.err


def test_a_layout_of_a_tool_is_imported(rooms: Rooms, call: Call, lobby: Path, tmp_path: Path) -> None:
    copy = tmp_path / "lobby.json"
    for text in (json.dumps(json.loads(lobby.read_bytes()), indent=2), json.dumps(json.loads(lobby.read_bytes()))):
        copy.write_text(text)
        assert "it was laid out anew by a tool" in imported(call, copy)
        assert rooms.texts("copy") == ["one", "zwei ä", "three", "four"]


def test_a_changed_text_in_another_layout_is_named(rooms: Rooms, call: Call, lobby: Path) -> None:
    formatted(lobby)
    edit(lobby, b'"three"', b'"there"')
    done = call("import_history", str(lobby), "--room", "copy")
    assert (done.code, "line 32: the checksum does not match" in done.err) == (1, True), done.err


def test_a_copy_that_was_made_while_somebody_wrote_is_imported_whole(rooms: Rooms, call: Call, lobby: Path) -> None:
    copy = lobby.with_name("copy-of-lobby.backup")
    copy.write_bytes(lobby.read_bytes().replace(b',\n{"id":4,', b'\n]\n"id":4,'))
    assert "it was copied while somebody wrote" in imported(call, copy)
    assert rooms.texts("copy") == ["one", "zwei ä", "three", "four"]


TAILS = {
    "a comma": (b',\n{"id":4,', b',\n{"id":4,', ["three", "four"]),
    "a seam": (b',\n{"id":4,', b'\n]\n"id":4,', ["three", "four"]),
    "a comma and a bracket": (b',\n{"id":4,', b',]\n"id":4,', ["three", "four"]),
    "the middle of a record": (b'"zwei', b"", ["three", "four"]),
}


@pytest.mark.parametrize("name", TAILS)
def test_a_torn_tail_is_imported_as_far_as_it_is_whole(name: str, rooms: Rooms, call: Call, lobby: Path) -> None:
    """Regression: the file that a server had cut off could not be imported."""
    at, start, texts = TAILS[name]
    raw = lobby.read_bytes()
    tail = raw[raw.index(at) :]
    torn = lobby.with_name("lobby.json.torn-20261129T195450.779808Z")
    torn.write_bytes(start + tail[len(at) :])
    note = imported(call, torn)
    assert "it is a torn tail: " in note
    assert (": 0 bytes of it" in note) == (name != "the middle of a record")
    assert rooms.texts("copy") == texts


def test_a_torn_tail_without_a_whole_record_is_named(call: Call, lobby: Path) -> None:
    torn = lobby.with_name("lobby.json.torn-20261129T195450.779808Z")
    torn.write_bytes(b',\n{"id":5,"ty')
    done = call("import_history", str(torn))
    assert (done.code, "line 1: nothing in this torn tail is a whole record" in done.err) == (1, True)


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_a_byte_order_mark_does_not_matter(format: str, rooms: Rooms, call: Call, lobby: Path, tmp_path: Path) -> None:
    export = tmp_path / "export"
    call("export_history", "--format", format, "-o", str(export))
    for source in (export, lobby):
        copy = tmp_path / f"with-mark-{source.name}"
        copy.write_bytes(codecs.BOM_UTF8 + source.read_bytes())
        imported(call, copy)
    assert rooms.texts("copy") == ["one", "zwei ä", "three", "four"]


def test_utf_16_is_named(call: Call, lobby: Path, tmp_path: Path) -> None:
    copy = tmp_path / "lobby.json"
    copy.write_bytes(lobby.read_bytes().decode().encode("utf-16"))
    done = call("import_history", str(copy))
    assert (done.code, "this is UTF-16 text: save the file as UTF-8" in done.err) == (1, True)
