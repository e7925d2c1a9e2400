"""Files that their owner edited: accepted as they are."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.storage.json_files import scan
from chat.storage.json_files.lines import decode_line
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.expected_history import said
from tests.support.storage.hand_edits import can_be_written, edit_without_crc, ids, without_crc


def test_a_line_without_checksum_is_taken_as_it_is(store: JsonFileStore, lobby: Path) -> None:
    edit_without_crc(lobby, 4, b'"two"', b'"what I meant"')
    log = store.open("lobby")
    assert [record.message for record in log.page().records] == ["one", "what I meant", "three", "four", "five"]
    assert can_be_written(log, lobby)


def test_behind_an_edited_line_the_rest_is_read_as_fast_as_before(
    store: JsonFileStore, lobby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one line without checksum the whole rest was read line by line."""
    log = store.open("lobby")
    log.append([said(str(number), f"c{number}") for number in range(1000)])
    log.close()
    lines = lobby.read_bytes().split(b"\n")
    lines[300] = without_crc(lines[300])
    lobby.write_bytes(b"\n".join(lines))
    slowly: list[bytes] = []
    monkeypatch.setattr(scan, "CHUNK", 4096)
    monkeypatch.setattr(scan, "decode_line", lambda line: slowly.append(line) or decode_line(line))
    assert store.open("lobby").last_id == 1006
    assert any(b'"crc"' not in line for line in slowly)
    assert len(slowly) < 100


@pytest.mark.parametrize("dropped", [[3], [4, 5], [3, 4, 5, 6]])
def test_lines_may_be_deleted(dropped: list[int], store: JsonFileStore, lobby: Path) -> None:
    lines = lobby.read_bytes().split(b"\n")
    lobby.write_bytes(b"\n".join(line for number, line in enumerate(lines, 1) if number not in dropped))
    log = store.open("lobby")
    assert ids(log) == [number - 1 for number in range(3, 8) if number not in dropped]
    assert can_be_written(log, lobby)


def test_the_last_line_may_be_deleted_with_or_without_the_comma_in_front_of_it(
    store: JsonFileStore, lobby: Path
) -> None:
    lines = lobby.read_bytes().split(b"\n")
    lobby.write_bytes(b"\n".join(lines[:6] + lines[7:]))
    log = store.open("lobby")
    assert ids(log) == [2, 3, 4, 5]
    assert can_be_written(log, lobby)
    assert [json.loads(lobby.read_bytes())[-1][key] for key in ("id", "message")] == [6, "and on"]


HARMLESS: dict[str, Callable[[bytes], bytes]] = {
    "indented": lambda raw: raw.replace(b"\n{", b"\n    {"),
    "carriage returns": lambda raw: raw.replace(b"\n", b"\r\n"),
    "no newline at the end": lambda raw: raw.rstrip(),
    "blank lines": lambda raw: b"\n\n" + raw.replace(b",\n", b",\n\n  \n") + b"\n\n",
    "no closing bracket": lambda raw: raw[:-2],
    "a comma before the closing": lambda raw: raw.replace(b"\n]", b",\n]"),
    "spaces around": lambda raw: raw.replace(b",\n", b" ,  \n").replace(b"]", b"  ] "),
    "written by json.dumps": lambda raw: b"[\n" + b"\n".join(map(without_crc, raw.split(b"\n")[1:-2])) + b"\n]\n",
}


@pytest.mark.parametrize("change", HARMLESS)
def test_what_an_editor_does_to_white_space_is_no_harm(change: str, store: JsonFileStore, lobby: Path) -> None:
    lobby.write_bytes(HARMLESS[change](lobby.read_bytes()))
    log = store.open("lobby")
    assert ids(log) == [2, 3, 4, 5, 6]
    assert log.append([said("two", "2")])[0].repeated
    assert can_be_written(log, lobby)
    assert ids(store.open("lobby")) == [2, 3, 4, 5, 6, 7]
    log.clear(4)
    assert ids(store.open("lobby")) == [5, 6, 7, 8]
    assert not list(lobby.parent.glob("*.torn-*"))


@pytest.mark.parametrize("content", [b"", b"[]", b"[]\n", b"[\n]\n", b"[", b" \n\n"])
def test_an_empty_file_is_a_room_before_its_first_words(content: bytes, store: JsonFileStore, folder: Path) -> None:
    folder.mkdir()
    (folder / "lobby.json").write_bytes(content)
    log = store.open("lobby")
    assert (log.last_id, ids(log), log.changed()) == (1, [], False)
    epoch = log.epoch
    assert can_be_written(log, folder / "lobby.json")
    assert store.open("lobby").epoch == epoch


def test_records_of_a_type_that_is_not_known_yet_are_kept(store: JsonFileStore, lobby: Path) -> None:
    poll = b'{"id":7,"type":"poll","timestamp":"2027-01-01T00:00:00Z","options":[{"text":"a"}]}'
    lobby.write_bytes(lobby.read_bytes()[:-3] + b",\n" + poll + b"\n]\n")
    log = store.open("lobby")
    assert ids(log) == [2, 3, 4, 5, 6, 7]
    log.clear(3)
    assert poll in lobby.read_bytes()


def test_the_line_of_the_room_is_the_owners_too(store: JsonFileStore, lobby: Path) -> None:
    """A clear encoded it again: it lost unknown members, and got one more checksum each time."""
    edit_without_crc(lobby, 2, b'"name": "lobby"', b'"name": "The Lobby", "colour": "green"')
    line = lobby.read_bytes().split(b"\n")[1]
    log = store.open("lobby")
    assert log.name == "The Lobby"
    log.clear(99)
    assert lobby.read_bytes().split(b"\n")[1] == line
