"""A room's file as its owner could have edited it, and what is read of it then."""

import json
from pathlib import Path

from chat.storage import Damage, RoomLog
from tests.support.storage.expected_history import said


def edit(path: Path, line: int, old: bytes, new: bytes) -> None:
    """Replace something in one line (from 1)."""
    lines = path.read_bytes().split(b"\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    path.write_bytes(b"\n".join(lines))


def without_crc(row: bytes) -> bytes:
    record = json.loads(row.removesuffix(b","))
    del record["crc"]
    return json.dumps(record).encode() + (b"," if row.endswith(b",") else b"")


def edit_without_crc(path: Path, line: int, old: bytes, new: bytes) -> None:
    """The same, in a line that loses its checksum, and is laid out as Python's json does it."""
    lines = path.read_bytes().split(b"\n")
    lines[line - 1] = without_crc(lines[line - 1])
    path.write_bytes(b"\n".join(lines))
    edit(path, line, old, new)


def line_of(damage: Damage) -> int:
    """The number of the first damaged line."""
    return int(damage.where.removeprefix("line "))


def ids(log: RoomLog) -> list[int]:
    return [record.id for record in log.page().records]


def can_be_written(log: RoomLog, path: Path) -> bool:
    number = log.last_id + 1
    log.append([said("and on", "and-on")])
    return log.damage is None and json.loads(path.read_bytes())[-1]["id"] == number
