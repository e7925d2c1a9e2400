"""Checks how the storage treats a file with the name of a room, whatever its content is."""

import json
import re

import pytest

from chat.storage import Record, RoomDamaged, RoomLog, RoomUnusable
from chat.storage.json_files.lines import decode_line
from chat.storage.json_files.scan import TRAILER
from chat.storage.json_files.verify import verify_file
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import LOBBY, open_lobby, said
from tests.support.storage.hand_edits import line_of
from tests.support.storage.mutations import ROOMS

MAX_READS = 40  # of every byte of a small file, to verify it, open it, show it and refuse a message
NEXT_LINE = b'{"id":1000,"type":"message","timestamp":"t"}'
_bodies = [line.removesuffix(b",") for raw in ROOMS for line in raw.split(b"\n")[1:-2]]
INTACT = {body: decode_line(body) for body in _bodies}  # every line that chatsite or its owner wrote, as its record


class CountingDisk(MemoryDisk):
    """Counts the bytes that are read."""

    bytes_read = 0

    def read(self, fd: int, length: int, offset: int) -> bytes:
        assert length >= 0
        data = super().read(fd, length, offset)
        self.bytes_read += len(data)
        return data


def check_file(raw: bytes) -> None:
    """Verify the file, open it, read it and write to it, and check each result."""
    disk = CountingDisk({LOBBY: raw})
    found = verify_file(LOBBY, disk)
    assert (disk.content(LOBBY), set(disk.names)) == (raw, {LOBBY})
    log = _opened(disk)
    if isinstance(log, RoomUnusable):
        assert found.damage is not None
        assert log.why == f"{found.damage.where}: {found.damage.reason}"
        _check_unavailable(disk, raw, line_of(found.damage))
    elif log.damage is not None:
        assert log.damage == found.damage
        _check_read_only(disk, raw, log)
    else:
        assert found.damage is None
        _check_recovered(disk, raw, log)
    assert disk.bytes_read <= MAX_READS * len(raw) + 4096


def _opened(disk: MemoryDisk) -> RoomLog | RoomUnusable:
    try:
        return open_lobby(disk)
    except RoomUnusable as error:
        return error


def _check_unavailable(disk: MemoryDisk, raw: bytes, line: int) -> None:
    """Only a file that does not start like a room's is unavailable."""
    rows = [(number, row.strip()) for number, row in enumerate(raw.split(b"\n"), 1) if row.strip()]
    second = rows[1][1].removesuffix(b",").rstrip() if len(rows) > 1 else b""
    assert rows[0][1] != b"[" or second not in INTACT or INTACT[second].type != "room"
    assert line in [number for number, _ in rows[:3]]
    _check_untouched(disk, raw)


def _check_read_only(disk: MemoryDisk, raw: bytes, log: RoomLog) -> None:
    """Every intact record is shown, nothing is written, and the reported line is the first that is bad."""
    assert not _missing(raw, log)
    for act in (lambda: log.append([said("no")]), lambda: log.clear(3)):
        with pytest.raises(RoomDamaged):
            act()
    _check_untouched(disk, raw)
    assert log.damage is not None
    lines = raw.split(b"\n")
    assert _is_intact(lines[: line_of(log.damage) - 1])
    assert not _is_intact([*lines[: line_of(log.damage)], NEXT_LINE])


def _check_recovered(disk: MemoryDisk, raw: bytes, log: RoomLog) -> None:
    """Records that are not shown were cut off an incomplete file and kept; they are of one batch. The room works."""
    lost, content = _missing(raw, log), disk.content(LOBBY)
    cut = b"".join(disk.content(path) for path in disk.names if ".torn-" in path.name)
    assert {record.id for record in _intact_records(cut)} >= {record.id for record in lost}
    assert len({record.batch for record in lost}) <= 1
    assert not cut or not _is_json(raw)
    assert content == raw or raw.startswith(content.removesuffix(TRAILER))
    expected = [*ids(log), log.append([said("and on")])[0].record.id]
    shown = json.loads(disk.content(LOBBY), parse_int=str)  # a number of any length may stand in it
    assert [record["id"] for record in shown[1:]] == list(map(str, expected))
    again = open_lobby(disk)
    assert (ids(again), again.damage) == (expected, None)


def ids(log: RoomLog) -> list[int]:
    """The ids of all records that are shown."""
    return [record.id for record in log.page(limit=10_000).records]


def _missing(raw: bytes, log: RoomLog) -> list[Record]:
    """Records that are intact in the file and not shown as they are."""
    records = log.page(limit=10_000).records
    shown = {record.id: record for record in records}
    assert [record.id for record in records] == sorted(shown)
    return [record for record in _intact_records(raw) if shown.get(record.id) != record and _is_only_one(raw, record)]


def _intact_records(raw: bytes) -> list[Record]:
    bodies = [line.strip().removesuffix(b",").rstrip() for line in raw.split(b"\n")]
    return [INTACT[body] for body in bodies if body in INTACT and INTACT[body].type != "room"]


def _is_only_one(raw: bytes, record: Record) -> bool:
    """Whether no other record has this id, which may be shown instead."""
    return len(re.findall(rb'{ ?"id": ?%d,' % record.id, raw)) < 2


def _is_intact(lines: list[bytes]) -> bool:
    """Whether a file that ends with these lines would be intact."""
    text = b"\n".join(lines)
    if b"]" not in [line.strip() for line in lines]:
        text += TRAILER
    found = verify_file(LOBBY, MemoryDisk({LOBBY: text}))
    return found.damage is None and not found.torn_bytes


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


def _check_untouched(disk: MemoryDisk, raw: bytes) -> None:
    assert disk.content(LOBBY) == raw
    assert {path.name for path in disk.names} == {LOBBY.name, ".lobby.lock"}
