"""A second storage backend, in memory: as little as the interface demands."""

import uuid
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import msgspec

from chat.storage import (
    ROOM_RECORD_ID,
    AppendOutcome,
    Damage,
    Draft,
    Record,
    RecordPage,
    RoomDamaged,
    RoomInfo,
    StorageFull,
    Tally,
    Verification,
)
from chat.storage.numbering import assign_ids
from chat.storage.quota import Quota
from chat.storage.timestamps import now


class MemoryLog:
    """One room. With a `damage` every write is refused."""

    def __init__(self, room: str, quota: Quota) -> None:
        self.room = self.name = room
        self.epoch = uuid.uuid4().hex
        self.last_id = ROOM_RECORD_ID
        self.damage: Damage | None = None
        self.records: list[Record] = []
        self.exists = False
        self._cleared = 0
        self._quota = quota

    @property
    def location(self) -> str:
        return f"memory of {self.room}"

    @property
    def tally(self) -> Tally:
        kept = sum(record.type == "message" for record in self.records)
        return Tally(self.last_id, self._cleared + kept, self._cleared)

    def append(self, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        self._check_writable()
        outcomes, records = assign_ids(drafts, self.last_id, self._find)
        if self._quota.max_room_bytes and len(msgspec.json.encode(self.records + records)) > self._quota.max_room_bytes:
            raise StorageFull(self.room, "this room has grown to its limit", self.location)
        self._add(records)
        return outcomes

    def clear(self, through: int) -> Record:
        self._check_writable()
        self._cleared += sum(record.type == "message" for record in self.records if record.id <= through)
        self.records = [record for record in self.records if record.id > through]
        self._add([Record(id=self.last_id + 1, type="clear", target=min(through, self.last_id), timestamp=now())])
        return self.records[-1]

    def _check_writable(self) -> None:
        if self.damage is not None:
            raise RoomDamaged(self.room, self.damage, self.location)

    def _add(self, records: list[Record]) -> None:
        self.records += records
        self.last_id = max([self.last_id, *(record.id for record in records)])
        self.exists = True

    def _find(self, author: str, client_id: str) -> Record | None:
        wanted = (author, client_id)
        return next((record for record in self.records if (record.author, record.client_id) == wanted), None)

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> RecordPage:
        records = [
            record
            for record in self.records
            if (before is None or record.id < before) and (after is None or record.id > after)
        ]
        page = records[-limit:] if after is None else records[:limit]
        return RecordPage(page, complete=len(page) == len(records))

    def changed(self) -> bool:
        return False

    def refresh(self) -> None:
        """Nobody else writes."""

    wants_maintenance = False

    def maintain(self) -> bool:
        return False

    def close(self) -> None:
        """There is nothing to release."""


class MemoryStore:
    """Rooms that are gone with the process."""

    def __init__(self, quota: Quota | None = None) -> None:
        self._quota = quota or Quota()
        self._logs: dict[str, MemoryLog] = {}
        self._backups = count(1)

    @property
    def location(self) -> str:
        return "memory"

    def rooms(self) -> list[RoomInfo]:
        infos = [RoomInfo(log.room, log.name, log.tally) for log in self._logs.values() if log.exists]
        return sorted(infos, key=lambda info: (info.name.casefold(), info.room))

    def find(self, room: str) -> RoomInfo | None:
        return next((info for info in self.rooms() if info.room == room), None)

    def open(self, room: str) -> MemoryLog:
        return self._logs.setdefault(room, MemoryLog(room, self._quota))

    def append(self, room: str, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        return self.open(room).append(drafts)

    def create(self, room: str, name: str) -> bool:
        log = self.open(room)
        if log.exists:
            return False
        log.name, log.exists = name, True
        return True

    def remove(self, room: str, epoch: str, last_id: int) -> bool:
        log = self._logs.get(room)
        if log is None or (log.epoch, log.last_id) != (epoch, last_id):
            return False
        del self._logs[room]
        return True

    def check_writable(self) -> None:
        """Memory can always be written."""

    def verify(self, room: str) -> Verification:
        log = self.open(room)
        return Verification(len(log.records), ["in memory"], log.damage)

    def back_up(self, room: str, target: Path) -> None:
        with target.open("xb") as file:
            file.writelines(msgspec.json.encode(record) + b"\n" for record in self.open(room).records)

    def default_backup_path(self, room: str) -> Path:
        return Path(f"{room}-{next(self._backups)}.jsonl")

    def owns(self, path: Path) -> bool:
        return path.suffix == ".memory"
