"""What is held of any file that bears a room's name, whatever is in it."""

import json
import re

import pytest

from chat.storage import Record, RoomDamaged, RoomLog, RoomUnavailable
from chat.storage.json_files.lines import decode_line
from chat.storage.json_files.scan import TRAILER
from chat.storage.json_files.verify import verify_file
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import LOBBY, open_lobby, said
from tests.support.storage.hand_edits import line_of
from tests.support.storage.mutations import ROOMS

LOOKS = 40  # times that the bytes of a small file may be read to inspect it, open it, show it and refuse a message
NEXT = b'{"id":1000,"type":"message","timestamp":"t"}'
_bodies = [line.removesuffix(b",") for raw in ROOMS for line in raw.split(b"\n")[1:-2]]
WHOLE = {body: decode_line(body) for body in _bodies}  # every line that chatsite or its owner wrote, as its record


class CountingDisk(MemoryDisk):
    """Counts the bytes that are read."""

    bytes_read = 0

    def read(self, fd: int, length: int, offset: int) -> bytes:
        assert length >= 0
        data = super().read(fd, length, offset)
        self.bytes_read += len(data)
        return data


def judge(raw: bytes) -> None:
    """Inspect the file, open it, read it and write to it, and see that each was right."""
    disk = CountingDisk({LOBBY: raw})
    found = verify_file(LOBBY, disk)
    assert (disk.content(LOBBY), set(disk.names)) == (raw, {LOBBY})
    log = _opened(disk)
    if isinstance(log, RoomUnavailable):
        assert found.damage is not None
        assert log.why == f"{found.damage.where}: {found.damage.reason}"
        _refused(disk, raw, line_of(found.damage))
    elif log.damage is not None:
        assert log.damage == found.damage
        _read_only(disk, raw, log)
    else:
        assert found.damage is None
        _taken(disk, raw, log)
    assert disk.bytes_read <= LOOKS * len(raw) + 4096


def _opened(disk: MemoryDisk) -> RoomLog | RoomUnavailable:
    try:
        return open_lobby(disk)
    except RoomUnavailable as error:
        return error


def _refused(disk: MemoryDisk, raw: bytes, line: int) -> None:
    """That is for files which do not begin as a room's."""
    rows = [(number, row.strip()) for number, row in enumerate(raw.split(b"\n"), 1) if row.strip()]
    second = rows[1][1].removesuffix(b",").rstrip() if len(rows) > 1 else b""
    assert rows[0][1] != b"[" or second not in WHOLE or WHOLE[second].type != "room"
    assert line in [number for number, _ in rows[:3]]
    _untouched(disk, raw)


def _read_only(disk: MemoryDisk, raw: bytes, log: RoomLog) -> None:
    """Everything whole is shown, nothing is written, and the line that is named is the first that is bad."""
    assert not _missing(raw, log)
    for act in (lambda: log.append([said("no")]), lambda: log.clear(3)):
        with pytest.raises(RoomDamaged):
            act()
    _untouched(disk, raw)
    assert log.damage is not None
    lines = raw.split(b"\n")
    assert _is_well(lines[: line_of(log.damage) - 1])
    assert not _is_well([*lines[: line_of(log.damage)], NEXT])


def _taken(disk: MemoryDisk, raw: bytes, log: RoomLog) -> None:
    """What is not shown was cut off and is kept: of one batch, and of a file that was not whole. The room goes on."""
    lost, content = _missing(raw, log), disk.content(LOBBY)
    cut = b"".join(disk.content(path) for path in disk.names if ".torn-" in path.name)
    assert {record.id for record in _whole_lines(cut)} >= {record.id for record in lost}
    assert len({record.batch for record in lost}) <= 1
    assert not cut or not _is_json(raw)
    assert content == raw or raw.startswith(content.removesuffix(TRAILER))
    expected = [*ids(log), log.append([said("and on")])[0].record.id]
    shown = json.loads(disk.content(LOBBY), parse_int=str)  # a number of any length may stand in it
    assert [record["id"] for record in shown[1:]] == list(map(str, expected))
    again = open_lobby(disk)
    assert (ids(again), again.damage) == (expected, None)


def ids(log: RoomLog) -> list[int]:
    """The ids of everything that is shown."""
    return [record.id for record in log.page(limit=10_000).records]


def _missing(raw: bytes, log: RoomLog) -> list[Record]:
    """Records whose line is whole and that are not shown, as they are, under their id."""
    records = log.page(limit=10_000).records
    shown = {record.id: record for record in records}
    assert [record.id for record in records] == sorted(shown)
    return [record for record in _whole_lines(raw) if shown.get(record.id) != record and _alone(raw, record)]


def _whole_lines(raw: bytes) -> list[Record]:
    bodies = [line.strip().removesuffix(b",").rstrip() for line in raw.split(b"\n")]
    return [WHOLE[body] for body in bodies if body in WHOLE and WHOLE[body].type != "room"]


def _alone(raw: bytes, record: Record) -> bool:
    """Whether there is no other record with this id, which may be shown instead."""
    return len(re.findall(rb'{ ?"id": ?%d,' % record.id, raw)) < 2


def _is_well(lines: list[bytes]) -> bool:
    """Whether a file that ends with these lines would be one."""
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


def _untouched(disk: MemoryDisk, raw: bytes) -> None:
    assert disk.content(LOBBY) == raw
    assert {path.name for path in disk.names} == {LOBBY.name, ".lobby.lock"}
