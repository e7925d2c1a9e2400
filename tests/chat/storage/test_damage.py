"""Damaged files: the line is reported, nothing is overwritten, and every intact record can be read."""

import json
import os
import zlib
from pathlib import Path

import pytest

from chat.storage import RoomDamaged, RoomUnusable
from chat.storage.json_files import scan
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.expected_history import said
from tests.support.storage.hand_edits import can_be_written, edit, edit_without_crc, ids, line_of, without_crc

BROKEN = "not a whole JSON object"
DAMAGE: dict[str, tuple[int, bytes, bytes, str]] = {
    "a broken record": (4, b'"message":', b'"mess', BROKEN),
    "a hole": (4, b'"type":"message"', b"\0" * 16, BROKEN),
    "a wrong checksum": (4, b'"message":"two"', b'"message":"tow"', "checksum"),
    "a wrong checksum at the very end": (7, b'"message":"five"', b'"message":"fife"', "checksum"),
    "a missing comma": (3, b"},", b"}", "comma"),
    "an id that goes backwards": (4, b'"id":3,', b'"id":2,', "checksum"),
    "a record that is none": (4, b'"timestamp":"', b'"time":"', "timestamp"),
    "a number that is too large": (4, b'"id":3,', b'"id":99999999999999999999,', "`int`"),
    "a negative number": (4, b'"id":3,', b'"id":-3,', "`int`"),
    "a bracket in the middle": (4, b"{", b"]{", BROKEN),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named_by_line_and_never_overwritten(name: str, store: JsonFileStore, lobby: Path) -> None:
    line, old, new, reason = DAMAGE[name]
    edit(lobby, line, old, new)
    raw = lobby.read_bytes()
    log = store.open("lobby")
    assert log.damage is not None
    assert line_of(log.damage) == (4 if name == "a missing comma" else line)
    assert reason in log.damage.reason
    for change in (lambda: log.append([said("no")]), lambda: log.clear(3), lambda: store.create("lobby", "x")):
        with pytest.raises(RoomDamaged, match=f"line {line_of(log.damage)}: .*{reason}"):
            change()
    assert lobby.read_bytes() == raw
    assert sorted(path.name for path in lobby.parent.iterdir()) == [".lobby.lock", "lobby.json"]


@pytest.mark.parametrize("name", [name for name in DAMAGE if DAMAGE[name][0] == 4])
def test_what_stands_on_both_sides_of_damage_is_read(name: str, store: JsonFileStore, lobby: Path) -> None:
    _, old, new, _ = DAMAGE[name]
    edit(lobby, 4, old, new)
    log = store.open("lobby")
    readable = {2, 4, 5, 6} | ({3} if name == "a bracket in the middle" else set())
    assert set(ids(log)) == readable
    assert ids(log) == sorted(ids(log))
    assert log.last_id == 6
    assert [record.id for record in log.page(before=5, limit=1).records] == [4]


def test_an_id_that_goes_backwards_is_damage_even_without_a_checksum(store: JsonFileStore, lobby: Path) -> None:
    edit_without_crc(lobby, 6, b'"id": 5', b'"id": 3')
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), log.damage.reason) == (6, "id 3 stands behind id 4")
    assert ids(log) == [2, 3, 4, 6]


@pytest.mark.parametrize("chunk", [scan.CHUNK, 300])  # read at once, or one at a time
def test_whole_lines_that_changed_places_are_damage(
    chunk: int, store: JsonFileStore, lobby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "CHUNK", chunk)
    lines = lobby.read_bytes().split(b"\n")
    lines[3], lines[4] = lines[4], lines[3]
    lobby.write_bytes(b"\n".join(lines))
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), log.damage.reason) == (5, "id 3 stands behind id 4")
    assert ids(log) == [2, 3, 4, 5, 6]


def test_a_missing_comma_is_damage_where_reading_gets_faster_again(
    store: JsonFileStore, lobby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = store.open("lobby")
    for message in ("long" * 100, "short", "shorter"):
        log.append([said(message)])
    log.close()
    edit(lobby, 8, b"},", b"}")
    monkeypatch.setattr(scan, "CHUNK", 400)
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), log.damage.reason) == (9, "a comma is missing at the end of the line above")


def test_damage_behind_what_is_known_gets_the_number_of_its_line_in_the_whole_file(
    store: JsonFileStore, lobby: Path
) -> None:
    log = store.open("lobby")
    lobby.write_bytes(lobby.read_bytes().replace(b",\n", b",\n\n"))
    other = store.open("lobby")
    other.append([said("six")])
    log.refresh()
    other.append([said("seven"), said("eight")])
    other.append([said("nine")])
    other.close()
    raw = lobby.read_bytes().replace(b'"message":"eight"', b'"message":"fight"')
    lobby.write_bytes(raw)
    log.refresh()
    assert log.damage is not None
    assert b"fight" in raw.split(b"\n")[line_of(log.damage) - 1]


def test_lines_that_the_owner_wrote_are_never_taken_for_a_torn_tail(store: JsonFileStore, lobby: Path) -> None:
    """Without `batch` they counted as one batch, and intact lines behind a typing error were cut off."""
    lines = lobby.read_bytes().split(b"\n")
    own = b'{ "id": %d, "type": "message", "author": "a", "username": "a", "message": "x", "timestamp": "t" }'
    lines[6:7] = [lines[6] + b",", own % 7 + b",", own.replace(b'"a",', b'"a', 1) % 8 + b",", own % 9]
    lobby.write_bytes(b"\n".join(lines))
    log = store.open("lobby")
    assert log.damage is not None
    assert line_of(log.damage) == 9
    assert ids(log) == [2, 3, 4, 5, 6, 7, 9]


def test_a_line_that_moved_to_the_front_hides_none_of_the_others(store: JsonFileStore, lobby: Path) -> None:
    """Its id was greater than those that followed, and nothing between its new and its old place could be read."""
    lines = lobby.read_bytes().split(b"\n")
    lines.insert(2, lines.pop(6) + b",")
    lines.insert(4, lines[5].replace(b"three", b"thrice"))
    lobby.write_bytes(b"\n".join(lines))
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), log.damage.reason) == (4, "id 2 stands behind id 6")
    assert [record.message for record in log.page().records] == ["one", "two", "three", "four", "five"]
    assert [record.id for record in log.page(after=3, limit=2).records] == [4, 5]


@pytest.mark.parametrize("between", [b",", b",\r", b" , "])
def test_two_records_on_one_line_are_no_torn_tail(between: bytes, store: JsonFileStore, lobby: Path) -> None:
    """The file was valid JSON to its end, and its last message was cut off as the rest of a crash."""
    head, last = lobby.read_bytes().split(b",\n")[:-1], lobby.read_bytes().split(b",\n")[-1]
    lobby.write_bytes(b",\n".join(head) + between + last)
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), ids(log)) == (6, [2, 3, 4, 5, 6])


def test_a_record_laid_out_on_many_lines_is_no_torn_tail(store: JsonFileStore, lobby: Path) -> None:
    raw = lobby.read_bytes()
    start = raw.rfind(b'{"id"')
    lobby.write_bytes(raw[:start] + raw[start:].replace(b',"', b',\n"'))
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), ids(log)) == (7, [2, 3, 4, 5])


def test_white_space_that_is_none_in_json_is_damage(store: JsonFileStore, lobby: Path) -> None:
    """The file was accepted, and no other program could read it."""
    edit(lobby, 4, b"},", b"},\x0c")
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), ids(log)) == (4, [2, 3, 4, 5, 6])


def test_what_stands_behind_the_closing_bracket_is_named_by_its_own_line(store: JsonFileStore, lobby: Path) -> None:
    record = without_crc(lobby.read_bytes().split(b"\n")[2].replace(b'"id":2', b'"id":9'))
    lobby.write_bytes(lobby.read_bytes() + b"\n\n" + record)
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), log.damage.reason) == (11, "something stands behind the closing bracket")


def test_an_id_behind_which_there_is_no_room_is_damage(store: JsonFileStore, lobby: Path) -> None:
    """It was accepted, and the next message got an id that could not be read."""
    edit_without_crc(lobby, 7, b'"id": 6', b'"id": 9007199254740991')
    log = store.open("lobby")
    assert log.damage is not None
    assert (line_of(log.damage), log.damage.reason) == (7, "id 9007199254740991 is greater than 4503599627370496")


def test_a_checksum_that_holds_does_not_make_a_record(store: JsonFileStore, lobby: Path) -> None:
    """Another program wrote the line with a valid checksum, but without the fields of a record."""
    line = b'{"id":7,"text":"x"}'
    line = b'%b,"crc":"%08x"}' % (line[:-1], zlib.crc32(line))
    for added in (b",\n" + line, b",\n" + line + b",\n" + line.replace(b"7", b"8")):
        lobby.write_bytes(lobby.read_bytes()[:-3] + added + b"\n]\n")
        log = store.open("lobby")
        assert log.damage is not None
        assert line_of(log.damage) == 8
        assert ids(log) == [2, 3, 4, 5, 6]


def test_two_records_on_a_line_are_damage_even_if_one_checksum_holds_for_both(
    store: JsonFileStore, lobby: Path
) -> None:
    lines = lobby.read_bytes().split(b"\n")
    both = without_crc(lines[3]) + without_crc(lines[4]).removesuffix(b",")
    lines[3:5] = [b'%b,"crc":"%08x"},' % (both[:-1], zlib.crc32(both))]
    lobby.write_bytes(b"\n".join(lines))
    log = store.open("lobby")
    assert log.damage is not None
    assert line_of(log.damage) == 4
    assert log.last_id == 6


NO_ROOM: dict[str, bytes] = {
    "another JSON file": b'{"debug": true}\n',
    "an array of something else": b'[\n{"name":"x"}\n]\n',
    "text": b"hello\n",
    "bytes": bytes(range(256)) * 40,
    "zeros": bytes(5000),
    "deep nesting": b"[" * 100_000,
    "deep nesting in a line": b"[\n" + b'{"id":' * 100_000,
    "a long line": b"x" * 5_000_000,
    "an empty array and more": b'[]\n[\n{"id":1,"type":"room","epoch":"e","format":1,"timestamp":"t"}\n]\n',
    "a room behind the bracket": b'[\n]\n{"id":1,"type":"room","epoch":"e","format":1,"timestamp":"t"},\n',
    "a room with another id": b'[\n{"id":5,"type":"room","epoch":"e","format":1,"timestamp":"t"}\n]\n',
    "messages without a room": b'[\n{"id":2,"type":"message","timestamp":"t"}\n]\n',
}


@pytest.mark.parametrize("name", NO_ROOM)
def test_a_file_that_is_no_room_is_unavailable_and_untouched(name: str, store: JsonFileStore, folder: Path) -> None:
    folder.mkdir()
    (folder / "lobby.json").write_bytes(NO_ROOM[name])
    with pytest.raises(RoomUnusable, match="line [123]: "):
        store.open("lobby")
    with pytest.raises(RoomUnusable):
        store.create("lobby", "Lobby")
    assert (folder / "lobby.json").read_bytes() == NO_ROOM[name]


def test_a_pretty_printed_file_is_refused_with_what_is_wrong(store: JsonFileStore, lobby: Path) -> None:
    lobby.write_text(json.dumps(json.loads(lobby.read_bytes()), indent=2))
    with pytest.raises(RoomUnusable, match="line 2: .* on one line"):
        store.open("lobby")


def test_a_format_of_the_future_is_refused_by_its_number(store: JsonFileStore, lobby: Path) -> None:
    edit_without_crc(lobby, 2, b'"format": 1', b'"format": 2')
    with pytest.raises(RoomUnusable, match="line 2: format 2 "):
        store.open("lobby")


def test_links_and_other_things_that_are_no_files_are_refused(store: JsonFileStore, folder: Path, lobby: Path) -> None:
    (folder / "link.json").symlink_to(lobby)
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    for room in ("link", "folder", "pipe"):
        with pytest.raises(RoomUnusable, match="not a regular file"):
            store.open(room)


def test_the_other_rooms_go_on(store: JsonFileStore, lobby: Path) -> None:
    edit(lobby, 4, b'"message":"two"', b'"message":"tow"')
    assert can_be_written(store.open("tea"), lobby.with_name("tea.json"))
    assert [info.room for info in store.rooms()] == ["lobby", "tea"]
