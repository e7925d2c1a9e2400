"""What the log of a room promises: the exact file, one write and one sync per batch, each message once."""

import json
import os
import re
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from chat.storage import RoomInfo, RoomLog, RoomUnusable, Tally
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.disks import RecordingDisk
from tests.support.storage.expected_history import said

DESCRIPTORS = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"


def texts(log: RoomLog) -> list[str | None]:
    return [record.message for record in log.page(limit=10_000).records if record.type == "message"]


# The file


def test_the_file_is_valid_json_after_every_batch(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    for size in (1, 3, 100, 1):
        log.append([said(f"message {number}") for number in range(size)])
        records = json.loads((folder / "lobby.json").read_text(encoding="utf-8"))
        assert [record["id"] for record in records] == list(range(1, log.last_id + 1))


def test_the_file_has_one_record_per_line_and_the_brackets_on_lines_of_their_own(
    store: JsonFileStore, folder: Path
) -> None:
    store.open("lobby").append([said("hi"), said("two\nlines"), said("}\n]\n")])
    first, *rows, last, nothing = (folder / "lobby.json").read_bytes().split(b"\n")
    assert (first, last, nothing) == (b"[", b"]", b"")
    assert all(row.endswith(b"},") for row in rows[:-1])
    assert rows[-1].endswith(b"}")
    assert [json.loads(row.removesuffix(b","))["id"] for row in rows] == [1, 2, 3, 4]


def test_the_first_record_describes_the_room(store: JsonFileStore, folder: Path) -> None:
    store.create("tea-room", "Tea Room")
    (room,) = json.loads((folder / "tea-room.json").read_text())
    assert list(room) == ["id", "type", "name", "epoch", "format", "timestamp", "batch", "crc"]
    assert (room["id"], room["type"], room["name"], room["format"]) == (1, "room", "Tea Room", 1)
    assert room["epoch"] == store.open("tea-room").epoch
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", room["timestamp"])


def test_a_message_has_the_fields_that_the_design_names_in_their_order(store: JsonFileStore, folder: Path) -> None:
    store.open("lobby").append([said("hi", "c-1")])
    message = json.loads((folder / "lobby.json").read_text())[1]
    assert list(message) == ["id", "type", "author", "username", "message", "timestamp", "client_id", "batch", "crc"]


def test_text_is_kept_as_it_was_written(store: JsonFileStore, folder: Path) -> None:
    text = 'Zoë says: 你好 👩‍👩‍👧 <b>"\\u0041" & \u2028\x7f</b>'
    store.open("lobby").append([said(text)])
    raw = (folder / "lobby.json").read_bytes()
    assert "Zoë says: 你好 👩‍👩‍👧 <b>".encode() in raw
    assert re.search(rb"(?<!\\)\\u", raw) is None
    assert texts(store.open("lobby")) == [text]


def test_a_record_names_its_batch_and_carries_the_checksum_of_the_rest_of_its_line(
    store: JsonFileStore, folder: Path
) -> None:
    log = store.open("lobby")
    log.append([said("one"), said("two")])
    log.append([said("three")])
    rows = [row.removesuffix(b",") for row in (folder / "lobby.json").read_bytes().split(b"\n")[1:-2]]
    assert [json.loads(row)["batch"] for row in rows] == [1, 2, 2, 4]
    for row in rows:
        rest, crc = row[: row.index(b',"crc"')] + b"}", json.loads(row)["crc"]
        assert crc == f"{zlib.crc32(rest):08x}"


def test_files_are_for_the_eyes_of_their_owner(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    log.append([said("hi")])
    log.clear(1)
    with (folder / "lobby.json").open("ab") as file:
        file.write(b'{"torn')
    store.open("lobby")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(list(folder.glob("*.torn-*"))) == 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_room_that_nobody_wrote_to_has_no_file(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    assert (log.last_id, log.page(), log.append([])) == (1, ([], True), [])
    assert not folder.exists() or not list(folder.glob("*.json"))


# The cost


def test_an_append_costs_the_same_for_a_large_file(folder: Path) -> None:
    disk = RecordingDisk()
    log = JsonFileStore(folder, disk).open("lobby")
    log.append([said("warm")])
    costs = []
    for number in (1_000_001, 1_000_002):
        disk.written, before = 0, disk.calls[:]
        log.append([said(f"{number}")])
        costs.append((disk.written, disk.calls[len(before) :]))
        log.append([said("something in between " * 50) for _ in range(500)])
    assert costs[0][1] == costs[1][1] == ["write", "sync_data"]
    assert abs(costs[0][0] - costs[1][0]) <= 8  # ids grow by a digit or two


def test_a_batch_is_one_write_and_one_sync_and_is_answered_after_the_sync(folder: Path) -> None:
    disk = RecordingDisk()
    log = JsonFileStore(folder, disk).open("lobby")
    log.append([said("warm")])
    disk.calls.clear()
    log.append([said(f"message {number}") for number in range(100)])
    disk.calls.append("answered")
    assert disk.calls == ["write", "sync_data", "answered"]


def test_a_short_write_is_continued(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: real(fd, data[:7], offset))
    store = JsonFileStore(folder)
    store.open("lobby").append([said("hi"), said("longer than seven bytes")])
    assert texts(store.open("lobby")) == ["hi", "longer than seven bytes"]


# Each message once


def test_a_repeat_is_known_when_another_process_stored_the_first(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    log.append([said("hi", "1")])
    program = (
        "import sys; from pathlib import Path; from chat.storage import Draft;"
        "from chat.storage.json_files.store import JsonFileStore;"
        "log = JsonFileStore(Path(sys.argv[1])).open('lobby');"
        "log.append([Draft(author='bob', username='bob', message='from afar', client_id='2')])"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, cwd=Path(__file__).parents[3])
    stored = log.append([said("from afar", "2", author="bob"), said("mine", "3")])
    assert [(outcome.repeated, outcome.record.id) for outcome in stored] == [(True, 3), (False, 4)]


# Clearing


@pytest.mark.parametrize(("through", "left"), [(0, [2, 3, 4, 5]), (3, [4, 5]), (5, []), (999, []), (-1, [2, 3, 4, 5])])
def test_a_clear_drops_what_it_is_told_and_says_so(
    through: int, left: list[int], store: JsonFileStore, folder: Path
) -> None:
    log = store.open("lobby")
    log.append([said("one"), said("two")])
    log.append([said("three"), said("four")])
    rows = (folder / "lobby.json").read_bytes().split(b"\n")
    cleared = log.clear(through)
    assert (cleared.id, cleared.type, cleared.target) == (6, "clear", max(0, min(through, 5)))
    assert [record.id for record in log.page().records] == [*left, 6]
    assert [record["id"] for record in json.loads((folder / "lobby.json").read_bytes())] == [1, *left, 6]
    assert (folder / "lobby.json").read_bytes().split(b"\n")[1:2] == rows[1:2], "the room's record is not touched"
    assert log.append([said("five")])[0].record.id == 7, "ids are never used again"


# Rooms


def changed_ns(path: Path) -> int:
    return path.stat().st_mtime_ns


def test_a_room_is_created_once(store: JsonFileStore, folder: Path) -> None:
    assert store.create("tea", "Tea") is True
    assert store.create("tea", "Coffee") is False
    store.open("tea").append([said("hi")])
    assert store.rooms() == [RoomInfo("tea", "Tea", Tally(2, 1), changed_ns(folder / "tea.json"))]


def test_the_room_list_is_in_the_order_of_names_and_shows_rooms_that_cannot_be_read(
    store: JsonFileStore, folder: Path
) -> None:
    for room, name in (("b", "beta"), ("c", "Alpha"), ("a", "Gamma")):
        store.create(room, name)
    (folder / "x.json").write_text("not ours")
    (folder / "Not A Room.json").write_text("[]")
    os.mkfifo(folder / "pipe.json")
    assert [info.name for info in store.rooms()] == ["Alpha", "beta", "Gamma", "pipe", "x"]


def test_the_room_list_finds_the_last_id_behind_a_very_long_message(store: JsonFileStore, folder: Path) -> None:
    store.open("lobby").append([said("x" * 300_000)])
    assert store.rooms() == [RoomInfo("lobby", "lobby", Tally(2, 1), changed_ns(folder / "lobby.json"))]


def test_one_room_is_found_without_a_look_at_the_others(store: JsonFileStore, folder: Path) -> None:
    store.create("tea", "Tea")
    store.open("tea").append([said("hi")])
    os.mkfifo(folder / "pipe.json")
    assert store.find("tea") == RoomInfo("tea", "Tea", Tally(2, 1), changed_ns(folder / "tea.json"))
    assert store.find("pipe") == RoomInfo("pipe", "pipe")
    assert store.find("coffee") is None
    assert JsonFileStore(folder / "nowhere").find("tea") is None


def test_a_name_that_is_no_room_never_becomes_a_path(store: JsonFileStore) -> None:
    for ask in (store.open, store.find):
        with pytest.raises(ValueError, match="not a room"):
            ask("../lobby")


def test_descriptors_are_given_back(store: JsonFileStore, folder: Path) -> None:
    store.create("lobby", "Lobby")
    (folder / "broken.json").write_text("not a room")
    before = len(os.listdir(DESCRIPTORS))
    for number in range(50):
        log = store.open("lobby")
        log.append([said(f"{number}")])
        log.clear(number)
        log.page()
        store.rooms()
        log.close()
        with pytest.raises(RoomUnusable):
            store.open("broken")
    assert len(os.listdir(DESCRIPTORS)) == before
