"""A second storage backend, in memory: as little as the interface demands."""

import uuid
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import msgspec

from chat.storage import (
    ROOM_RECORD_ID,
    AppendOutcome,
    Compaction,
    Damage,
    Draft,
    FoldedMessage,
    HistoryPage,
    Item,
    Record,
    RecordPage,
    RoomDamaged,
    RoomInfo,
    StorageFull,
    Tally,
    Verification,
)
from chat.storage.folding import MessageState, fold, reply_to
from chat.storage.numbering import Setting, assign_ids
from chat.storage.quota import Quota, has_only_deletes
from chat.storage.records import AMENDMENTS
from chat.storage.timestamps import now


class MemoryLog:
    """One room. With a `damage` every write is refused."""

    def __init__(self, room: str, quota: Quota) -> None:
        self.room = room
        self._first_settings = {"topic": Setting(""), "room_name": Setting(room)}
        self.compacted_id = 0
        self.epoch = uuid.uuid4().hex
        self.last_id = ROOM_RECORD_ID
        self.damage: Damage | None = None
        self.records: list[Record] = []
        self.exists = False
        self._cleared = 0
        self._quota = quota

    @property
    def deliverable_id(self) -> int:
        return self.last_id

    @property
    def location(self) -> str:
        return f"memory of {self.room}"

    @property
    def tally(self) -> Tally:
        kept = sum(record.type == "message" for record in self.records)
        return Tally(self.last_id, self._cleared + kept, self._cleared)

    @property
    def settings(self) -> dict[str, Setting]:
        return {
            **self._first_settings,
            **{each.type: Setting(each.topic or "", each.id) for each in self.records if each.type == "topic"},
            **{each.type: Setting(each.name or "", each.id) for each in self.records if each.type == "room_name"},
        }

    @property
    def topic(self) -> str:
        return self.settings["topic"].value

    @property
    def name(self) -> str:
        return self.settings["room_name"].value

    @name.setter
    def name(self, name: str) -> None:
        self._first_settings = {**self._first_settings, "room_name": Setting(name)}

    def append(self, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        self._check_writable()
        outcomes, records = assign_ids(drafts, self)
        size, most = len(msgspec.json.encode(self.records + records)), self._quota.max_room_bytes
        if most and size > most and not has_only_deletes(records):
            raise StorageFull(self.room, "this room has grown to its limit", self.location)
        self._add(records)
        return outcomes

    def clear(self, through: int) -> Record:
        self._check_writable()
        self._cleared += sum(record.type == "message" for record in self.records if record.id <= through)
        settings = self.settings
        self.records = [record for record in self.records if record.id > through]
        self._first_settings = {kind: Setting(each.value) for kind, each in settings.items()}
        self._add([Record(id=self.last_id + 1, type="clear", target=min(through, self.last_id), timestamp=now())])
        return self.records[-1]

    def compact(self, *, dry_run: bool = False) -> Compaction:
        """Without reactions that were taken back."""
        self._check_writable()
        newest = {each.target: each for each in self.records if each.type == "edit" and not _is_blanked(each)}
        kept = [each for each in self.records if each.type != "edit" or newest.get(each.target) == each]
        kept = [each for each in kept if not _is_blanked(each)]
        dropped = len(self.records) - len(kept)
        dropped += sum(each.id in newest and newest[each.id].message != each.message for each in kept)
        if dry_run:
            return Compaction(dropped, 0)
        self._cleared += sum(_is_blanked(each) and each.type == "message" for each in self.records)
        self.records = [
            msgspec.structs.replace(each, message=newest[each.id].message) if each.id in newest else each
            for each in kept
        ]
        self.compacted_id = self.last_id if dropped else self.compacted_id
        return Compaction(dropped, 0)

    def _check_writable(self) -> None:
        if self.damage is not None:
            raise RoomDamaged(self.room, self.damage, self.location)

    def _add(self, records: list[Record]) -> None:
        self.records += records
        deleted = {record.target for record in records if record.type == "delete"}
        self.records = [_blanked(record) if deleted & _words_of(record) else record for record in self.records]
        self.last_id = max([self.last_id, *(record.id for record in records)])
        self.exists = self.exists or bool(records)

    def find(self, author: str, client_id: str) -> Record | None:
        wanted = (author, client_id)
        return next((record for record in self.records if (record.author, record.client_id) == wanted), None)

    def state(self, message_id: int) -> MessageState | None:
        message = self._record(message_id)
        if message is None or message.type != "message":
            return None
        state = MessageState(message)
        for record in self._amendments(message_id):
            state.apply(record)
        return state

    def is_other(self, record_id: int) -> bool:
        record = self._record(record_id)
        return record_id == ROOM_RECORD_ID or (record is not None and record.type != "message")

    def _record(self, record_id: int) -> Record | None:
        return next((record for record in self.records if record.id == record_id), None)

    def _amendments(self, message_id: int) -> list[Record]:
        return [each for each in self.records if each.type in AMENDMENTS and each.target == message_id]

    def items(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> HistoryPage:
        present = {record.id: item for record in self.records if (item := self._item(record)) is not None}
        page = self._page([each for each in self.records if each.id in present], before, after, limit)
        return HistoryPage([present[record.id] for record in page.records], page.complete)

    def _item(self, record: Record) -> Item | None:
        if record.type != "message":
            return None if record.type in AMENDMENTS else record
        return self.message(record.id)

    def message(self, message_id: int) -> FoldedMessage | None:
        record = self._record(message_id)
        if record is None or record.type != "message":
            return None
        folded = fold(record, self._amendments(message_id))
        if folded is None or record.reply_to is None:
            return folded
        answered = self._record(record.reply_to)
        shown = answered and fold(answered, self._amendments(record.reply_to))
        return msgspec.structs.replace(folded, reply=reply_to(record.reply_to, shown and shown.record))

    def texts(self, message_id: int) -> list[Record]:
        if self.message(message_id) is None:
            return []
        return [
            each for each in self.records if each.id == message_id or (each.type, each.target) == ("edit", message_id)
        ]

    def page(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> RecordPage:
        return self._page([each for each in self.records if not _is_blanked(each)], before, after, limit)

    def _page(self, all_records: list[Record], before: int | None, after: int | None, limit: int) -> RecordPage:
        records = [
            record
            for record in all_records
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


def _words_of(record: Record) -> set[int | None]:
    """The message whose words a record holds."""
    return {record.id} if record.type == "message" else {record.target} if record.type == "edit" else set()


def _blanked(record: Record) -> Record:
    return msgspec.structs.replace(record, username=None, message=None)


def _is_blanked(record: Record) -> bool:
    return record.type in {"message", "edit"} and record.message is None


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

    def close(self) -> None:
        pass
