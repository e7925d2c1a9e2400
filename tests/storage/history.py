"""A room's life on a disk in memory, with what was promised to people at every moment of it."""

import json
from pathlib import Path

from chat.storage import Draft, RoomLog
from chat.storage.json_file import JsonFileStore
from chat.storage.scan import CLOSING
from tests.storage.disks import MemoryDisk

FOLDER = Path("/rooms")
LOBBY = FOLDER / "lobby.json"


def said(message: str, client_id: str | None = None, author: str = "alice") -> Draft:
    return Draft(author=author, username=author, message=message, client_id=client_id)


def open_lobby(disk: MemoryDisk) -> RoomLog:
    return JsonFileStore(FOLDER, disk).open("lobby")


def lines(disk: MemoryDisk) -> dict[int, bytes]:
    """The events of the file, byte for byte, by id."""
    if LOBBY not in disk.names:
        return {}
    rows = [row.removesuffix(b",") for row in disk.content(LOBBY).split(b"\n") if row.startswith(b"{")]
    return {json.loads(row)["id"]: row for row in rows[1:]}


class Promises:
    """What must be in the file after a crash, and what may be."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, bytes] = {}
        self.sent: set[str | None] = set()
        self.cleared = 0  # nothing up to this id may come back

    def append(self, log: RoomLog, disk: MemoryDisk, *drafts: Draft) -> None:
        self.sent |= {draft.message for draft in drafts}
        stored = log.append(drafts)
        for outcome in stored:
            self.acknowledged[outcome.record.id] = lines(disk)[outcome.record.id]

    def clear(self, log: RoomLog, disk: MemoryDisk, through: int) -> None:
        self.sent.add(None)  # the clear event has no message
        kept = {number: line for number, line in self.acknowledged.items() if number > through}
        self.acknowledged = kept  # from here on the old file or the new one is right
        number = log.clear(through).id
        self.acknowledged[number], self.cleared = lines(disk)[number], through

    def hold_on(self, files: dict[Path, bytes]) -> MemoryDisk:
        """Open what a crash left, with the real code, and compare. Returns the disk, mended."""
        disk = MemoryDisk(files)
        log = open_lobby(disk)
        assert log.damage is None
        if LOBBY not in files:
            assert not self.acknowledged
            return disk
        mended = disk.content(LOBBY)
        self._compare(mended, lines(disk))
        _cut_is_kept(files[LOBBY], mended, disk)
        assert [record.id for record in log.page(limit=1000).records] == list(lines(disk))
        again = open_lobby(disk)
        assert (disk.content(LOBBY), again.last_id, again.epoch) == (mended, log.last_id, log.epoch)
        assert again.append([said("on we go")])[0].record.id == log.last_id + 1
        assert disk.content(LOBBY).startswith(mended[: -len(CLOSING)])
        return disk

    def _compare(self, mended: bytes, found: dict[int, bytes]) -> None:
        assert found.items() >= self.acknowledged.items()
        records = json.loads(mended)
        assert [record["id"] for record in records[1:]] == list(found)
        assert not found or list(found) == list(range(min(found), max(found) + 1))
        assert {record.get("message") for record in records[1:]} <= self.sent
        assert not self.cleared or min(found) > self.cleared


def _cut_is_kept(before: bytes, mended: bytes, disk: MemoryDisk) -> None:
    torn = before[len(mended) - len(CLOSING) :]
    assert before.startswith(mended[: -len(CLOSING)])
    if torn.strip(b"] \t\r\n,"):
        names = disk.durable_names
        assert torn in [disk.nodes[names[path]].durable for path in names if ".torn-" in path.name]
