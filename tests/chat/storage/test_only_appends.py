"""A command that only appends to a room reads both ends of its file, and is as careful as one that reads all of it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from chat.storage import AppendOutcome, RoomDamaged
from chat.storage.json_files import ends, room_content
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient
from tests.support.storage.disks import CountingDisk
from tests.support.storage.expected_history import said
from tests.support.storage.hand_edits import edit


@pytest.fixture(params=[1, 2**24], ids=["large", "small"])
def large(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three hundred messages; the file is taken for a large or a small one."""
    monkeypatch.setattr(room_content, "LARGE_BYTES", request.param)
    log = JsonFileStore(folder).open("lobby")
    for start in range(0, 300, 50):
        log.append([said(f"number {number}", f"c{number}") for number in range(start, start + 50)])
    log.close()
    return folder / "lobby.json"


def post(folder: Path, text: str = "on", client_id: str | None = None) -> AppendOutcome:
    """In a new process, which does not wait until a file has stood still."""
    return JsonFileStore(folder, clock=impatient()).append("lobby", [said(text, client_id)])[0]


def assert_whole(folder: Path, records: int) -> None:
    """The file has so many records, and is as chatsite left it: another process takes it for the same history."""
    rows = json.loads((folder / "lobby.json").read_text())
    assert len(rows) == records
    log = JsonFileStore(folder, clock=impatient()).open("lobby")
    assert (log.damage, log.epoch, log.last_id) == (None, rows[0]["epoch"], rows[-1]["id"])
    assert len(log.page(limit=10_000).records) == records - 1
    noted = json.loads((folder / ".lobby.lock").read_text())
    assert (noted["records"], noted["last_id"]) == (records, rows[-1]["id"])
    log.close()


def test_a_post_reads_both_ends_of_a_file_and_nothing_between_them(
    large: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: `post_message` read a gigabyte for one line."""
    monkeypatch.setattr(ends, "MAX_LINE_BYTES", 2000)
    disk = CountingDisk()
    assert JsonFileStore(folder, disk).append("lobby", [said("on")])[0].record.id == 302
    assert disk.bytes_read < large.stat().st_size / 2
    assert post(folder).record.id == 303
    assert_whole(folder, 303)


def test_a_post_with_a_client_id_is_a_repeat_if_it_is_stored(large: Path, folder: Path) -> None:
    assert post(folder, "number 7", "c7").repeated
    assert not post(folder, "new", "c300").repeated
    assert_whole(folder, 302)


def test_a_post_into_a_new_room_and_into_one_without_messages(folder: Path) -> None:
    assert post(folder).record.id == 2
    store = JsonFileStore(folder)
    store.create("empty", "Empty")
    assert [store.append("empty", [said("hi")])[0].record.id for _ in range(2)] == [2, 3]


def _without_lock_file(path: Path) -> None:
    path.with_name(".lobby.lock").unlink()


def _with_a_torn_tail(path: Path) -> None:
    path.write_bytes(path.read_bytes().removesuffix(b"\n]\n") + b',\n{"id":302,"type":"mess')


def _with_a_blank_line_at_the_end(path: Path) -> None:
    path.write_bytes(path.read_bytes().removesuffix(b"\n]\n") + b"\n\n]\n")


def _with_an_edited_line(path: Path) -> None:
    row = path.read_bytes().split(b"\n")[99]
    edit(path, 100, row[row.index(b',"crc"') : row.rindex(b"}")], b"")


@pytest.mark.parametrize(
    "change", [_without_lock_file, _with_a_torn_tail, _with_a_blank_line_at_the_end, _with_an_edited_line]
)
def test_a_file_that_is_not_as_chatsite_left_it_is_read_completely(
    change: Callable[[Path], None], large: Path, folder: Path
) -> None:
    change(large)
    assert post(folder).record.id == 302
    assert_whole(folder, 302)


def test_a_file_of_another_epoch_keeps_its_records_even_if_its_status_says_that_nothing_changed(
    large: Path, folder: Path
) -> None:
    """Regression: only the first and the last record came into the file of the new epoch."""
    before, row = large.stat(), large.read_bytes().split(b"\n")[1]
    edited = msgspec.json.encode({**msgspec.json.decode(row.removesuffix(b",")), "epoch": "0" * 32, "crc": None})
    edit(large, 2, row, edited.replace(b',"crc":null', b"").ljust(len(row) - 1) + b",")
    os.utime(large, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert large.stat().st_size == before.st_size
    assert post(folder).record.id == 302
    assert_whole(folder, 302)


def test_a_damaged_file_is_not_written(large: Path, folder: Path) -> None:
    edit(large, 100, b'"message":"number', b'"message":"Number')
    damaged = large.read_bytes()
    with pytest.raises(RoomDamaged, match="line 100"):
        post(folder)
    assert large.read_bytes() == damaged


def test_a_long_last_message_is_found_by_a_scan(large: Path, folder: Path) -> None:
    post(folder, "x" * 100_000)
    assert post(folder).record.id == 303
    assert_whole(folder, 303)
