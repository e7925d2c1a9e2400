"""Files that another program laid out anew, and copies that were taken while somebody wrote: named, read and mended."""

import codecs
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.storage import RoomDamaged, RoomUnusable
from chat.storage.json_files import layout, seams
from chat.storage.json_files.scan import scan
from chat.storage.json_files.seams import AFTER
from chat.storage.json_files.store import JsonFileStore
from chat.storage.json_files.verify import verify_file
from tests.chat.storage.test_slips import MIXTURES
from tests.support.storage.expected_history import said
from tests.support.storage.hand_edits import can_be_written, edit, ids

ODD = 'ä "quoted" \\ \u2028 \U0001f600 }},{{" ],[ </b> \x7f'
LAYOUTS: dict[str, Callable[[list[object]], str]] = {
    "indented": lambda records: json.dumps(records, indent=2, ensure_ascii=False),
    "indented, with a tab": lambda records: json.dumps(records, indent="\t", ensure_ascii=False) + "\n",
    "escaped": lambda records: json.dumps(records, indent=4),
    "compact": lambda records: json.dumps(records, separators=(",", ":"), ensure_ascii=False),
    "on one line with blanks": json.dumps,
    "sorted": lambda records: json.dumps(records, indent=2, sort_keys=True),
    "with carriage returns": lambda records: json.dumps(records, indent=2).replace("\n", "\r\n"),
}


@pytest.fixture
def odd(store: JsonFileStore, lobby: Path) -> Path:
    log = store.open("lobby")
    log.append([said(ODD), said(f"2 {ODD}", "c-9")])
    log.close()
    return lobby


def laid_out(path: Path, name: str) -> bytes:
    """Lay a file out anew; returns it as it was."""
    raw = path.read_bytes()
    path.write_text(LAYOUTS[name](json.loads(raw)), encoding="utf-8", newline="")
    return raw


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_of_another_tool_is_named_and_mended_to_the_byte(name: str, store: JsonFileStore, odd: Path) -> None:
    raw = laid_out(odd, name)
    changed = odd.read_bytes()
    with pytest.raises(RoomUnusable, match="laid out anew by a tool .*--repair-layout"):
        JsonFileStore(odd.parent).open("lobby")
    report = store.verify("lobby")
    assert report.damage is not None
    assert report.damage.mendable
    assert store.repair_layout("lobby", None)
    assert odd.read_bytes() == changed
    backup = store.default_backup_path("lobby")
    assert store.repair_layout("lobby", backup)
    assert (odd.read_bytes(), backup.read_bytes()) == (raw, changed)
    assert not store.repair_layout("lobby", backup)
    assert can_be_written(JsonFileStore(odd.parent).open("lobby"), odd)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_recognised_by_its_head(name: str, store: JsonFileStore, lobby: Path) -> None:
    """Such a file may be of any size, and a server reads it whenever somebody comes to the room."""
    store.open("lobby").append([said("x" * 900) for _ in range(1000)])
    laid_out(lobby, name)
    raw, read = lobby.read_bytes(), 0

    def count(length: int, offset: int) -> bytes:
        nonlocal read
        read += len(raw[offset : offset + length])
        return raw[offset : offset + length]

    damage = scan(count).damage
    assert damage is not None
    assert damage.mendable
    assert read <= 4 * 2**16 < len(raw)


@pytest.mark.parametrize("name", ["indented", "compact"])
def test_a_repair_holds_little_of_the_file_in_memory(name: str, store: JsonFileStore, lobby: Path) -> None:
    log = store.open("lobby")
    for _ in range(20):
        log.append([said("x" * 4000) for _ in range(200)])
    log.close()
    raw = laid_out(lobby, name)
    tracemalloc.start()
    try:
        assert store.repair_layout("lobby", store.default_backup_path("lobby"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lobby.read_bytes() == raw
    assert peak < 6 * 2**20 < len(raw) // 2


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_a_record_may_lie_across_chunks(
    chunk: int, store: JsonFileStore, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = laid_out(odd, "escaped")
    monkeypatch.setattr(layout, "CHUNK", chunk)
    assert store.repair_layout("lobby", store.default_backup_path("lobby"))
    assert odd.read_bytes() == raw


def test_a_record_on_several_lines_in_the_middle_is_mended_too(store: JsonFileStore, lobby: Path) -> None:
    raw = lobby.read_bytes()
    edit(lobby, 5, b',"author"', b',\n  "author"')
    assert store.open("lobby").damage is not None
    assert store.repair_layout("lobby", store.default_backup_path("lobby"))
    assert lobby.read_bytes() == raw


def test_records_of_later_versions_and_of_the_owner_keep_their_members(store: JsonFileStore, lobby: Path) -> None:
    own = b'{"id":7,"type":"poll","timestamp":"t","options":[{"text":"a","votes":1.0}]}'
    lobby.write_bytes(lobby.read_bytes().replace(b"\n]\n", b",\n" + own + b"\n]\n"))
    raw = laid_out(lobby, "indented")
    store.repair_layout("lobby", store.default_backup_path("lobby"))
    assert lobby.read_bytes() == raw


def test_a_changed_value_keeps_its_old_checksum_and_is_damage_afterwards(store: JsonFileStore, lobby: Path) -> None:
    laid_out(lobby, "indented")
    lobby.write_bytes(lobby.read_bytes().replace(b'"message": "two"', b'"message": "tow"'))
    store.repair_layout("lobby", store.default_backup_path("lobby"))
    damage = store.open("lobby").damage
    assert damage is not None
    assert (damage.where, "checksum" in damage.reason) == ("line 4", True)


BROKEN = {
    "a comma is missing": (b"},", b"}", "a comma is missing"),
    "a record is broken": (b'"timestamp": ', b'"timestamp" ', "line .*: not a whole JSON object"),
    "it is cut short": (b'"message": "four"', None, "line .*: not a whole JSON object"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_nothing_is_changed_if_a_record_would_be_lost(name: str, store: JsonFileStore, lobby: Path) -> None:
    old, new, reason = BROKEN[name]
    laid_out(lobby, "indented")
    head, tail = lobby.read_bytes().rsplit(old, 1)
    lobby.write_bytes(head if new is None else head + new + tail)
    before = lobby.read_bytes()
    with pytest.raises(RoomDamaged, match=reason):
        store.repair_layout("lobby", store.default_backup_path("lobby"))
    assert {path.name for path in lobby.parent.iterdir()} == {"lobby.json", ".lobby.lock"}
    assert lobby.read_bytes() == before


def test_damage_is_no_matter_of_layout(store: JsonFileStore, lobby: Path) -> None:
    edit(lobby, 4, b'"two"', b'"tow"')
    before = lobby.read_bytes()
    assert not store.repair_layout("lobby", store.default_backup_path("lobby"))
    assert lobby.read_bytes() == before


# Seams


def copied_while_writing(path: Path, seam: bytes, *separators: bytes) -> bytes:
    raw = copy = path.read_bytes()
    for separator in separators:
        assert copy.count(separator) == 1
        copy = copy.replace(separator, seam + separator[len(AFTER) :])
    path.write_bytes(copy)
    return raw


@pytest.mark.parametrize("seam", MIXTURES)
def test_a_seam_is_named_calmly_and_mended(seam: bytes, store: JsonFileStore, lobby: Path) -> None:
    raw = copied_while_writing(lobby, seam, b',\n{"id":4,', b',\n{"id":6,')
    report = store.verify("lobby")
    assert report.damage is not None
    assert report.damage.mendable
    assert "nothing is missing" in report.damage.reason
    log = store.open("lobby")
    assert log.damage is not None
    assert log.damage.mendable
    assert store.repair_layout("lobby", store.default_backup_path("lobby"))
    assert lobby.read_bytes() == raw
    log.refresh()
    assert (log.damage, ids(log)) == (None, [2, 3, 4, 5, 6])


def test_a_seam_in_the_last_batch_of_a_copy_is_named_before_a_server_cuts_it(store: JsonFileStore, lobby: Path) -> None:
    raw = copied_while_writing(lobby, b"\n]\n", b',\n{"id":6,')
    report = verify_file(lobby)
    assert report.damage is not None
    assert report.damage.mendable
    store.repair_layout("lobby", store.default_backup_path("lobby"))
    assert lobby.read_bytes() == raw


@pytest.mark.parametrize("chunk", [16, 17, 64])
def test_a_seam_may_lie_across_chunks(
    chunk: int, store: JsonFileStore, lobby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = copied_while_writing(lobby, b"\n]\n", b',\n{"id":4,', b',\n{"id":6,')
    monkeypatch.setattr(seams, "CHUNK", chunk)
    assert store.repair_layout("lobby", store.default_backup_path("lobby"))
    assert lobby.read_bytes() == raw


def test_without_the_proof_of_a_checksum_a_seam_is_damage(store: JsonFileStore, lobby: Path) -> None:
    copied_while_writing(lobby, b"\n]\n", b',\n{"id":4,')
    lobby.write_bytes(lobby.read_bytes().replace(b'"three"', b'"there"'))
    damage = store.open("lobby").damage
    assert damage is not None
    assert not damage.mendable


@pytest.mark.parametrize("seam", [b",\n{"])
def test_a_copy_that_ends_with_the_first_bytes_of_a_batch_misses_nothing(seam: bytes, lobby: Path) -> None:
    lobby.write_bytes(lobby.read_bytes().removesuffix(b"\n]\n") + seam)
    report = verify_file(lobby)
    assert (report.records, report.damage) == (6, None)
    assert report.notes() == ["a torn tail of 3 bytes (copied while somebody wrote; nothing is missing before it)"]


# Encodings


def test_a_byte_order_mark_is_read_and_stays_until_the_file_is_written_anew(store: JsonFileStore, lobby: Path) -> None:
    lobby.write_bytes(codecs.BOM_UTF8 + lobby.read_bytes())
    log = store.open("lobby")
    assert (log.damage, ids(log), log.name) == (None, [2, 3, 4, 5, 6], "lobby")
    log.append([said("six")])
    assert lobby.read_bytes().startswith(codecs.BOM_UTF8 + b"[\n")
    assert verify_file(lobby).notes() == ["begins with a byte order mark"]
    assert ids(store.open("lobby")) == [2, 3, 4, 5, 6, 7]
    log.clear(3)
    assert lobby.read_bytes().startswith(b"[\n")
    assert ids(store.open("lobby")) == [4, 5, 6, 7, 8]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(encoding: str, store: JsonFileStore, lobby: Path) -> None:
    lobby.write_bytes(lobby.read_bytes().decode().encode(encoding))
    with pytest.raises(RoomUnusable, match="line 1: this is UTF-16 text: save the file as UTF-8"):
        store.open("lobby")
