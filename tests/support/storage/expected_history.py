"""A room on a disk in memory, with the records that may and must be found in its file at every moment."""

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from chat.storage import AppendOutcome, Draft, RoomLog, StorageUnavailable
from chat.storage.json_files.blanking import blanked
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient
from tests.support.storage.disk_faults import Fault, no_fault
from tests.support.storage.disks import MemoryDisk

FOLDER = Path("/rooms")
LOBBY = FOLDER / "lobby.json"
Rows = dict[int, bytes]  # the records of a file, byte for byte, by id
Added = Sequence[tuple[int, str | None]]  # ids and texts of messages that were not acknowledged


def said(message: str, client_id: str | None = None, author: str = "alice") -> Draft:
    return Draft(author=author, username=author, message=message, client_id=client_id)


def open_lobby(disk: MemoryDisk) -> RoomLog:
    """The log of a new process. It does not wait until a file has stood still."""
    return JsonFileStore(FOLDER, disk, clock=impatient()).open("lobby")


def maintain(log: RoomLog) -> None:
    """As the server does it; only large rooms need it."""
    while log.maintain():
        pass


def rows_of(content: bytes) -> Rows:
    rows = [row.removesuffix(b",") for row in content.split(b"\n") if row.startswith(b"{")]
    return {_record(row)["id"]: row for row in rows}


def shown_ids(rows: Rows) -> list[int]:
    """The ids of what a page of events holds: not the room's own record, and nothing that was deleted."""
    records = map(_record, rows.values())
    return [
        each["id"]
        for each in records
        if each["type"] != "room" and (each["type"] not in {"message", "edit"} or "message" in each)
    ]


class Possible(NamedTuple):
    """A content that may be found: all of `base`, followed by the first of `added`, `min_added` of them at least."""

    base: Rows
    added: Added = ()
    min_added: int = 0

    def fits(self, found: Rows) -> bool:
        known, more = list(found.items())[: len(self.base)], list(found.values())[len(self.base) :]
        found_added = [(_record(row)["id"], _record(row).get("message")) for row in more]
        is_start_of_added = found_added == list(self.added[: len(found_added)])
        return known == list(self.base.items()) and is_start_of_added and len(found_added) >= self.min_added


class ExpectedHistory:
    """Everything that was shown must be found after any crash; of a refused batch a part may be found."""

    def __init__(self, disk: MemoryDisk | None = None) -> None:
        self.disk = disk or MemoryDisk()
        self.possible = [Possible({})]
        self.version = 0  # of `possible`
        self.secrets: dict[int, set[bytes]] = {}  # by id: the texts that a message had before its delete

    @property
    def shown(self) -> Rows:
        """The records that were shown to a client."""
        return self.possible[0].base

    def forked(self) -> "ExpectedHistory":
        """A copy of this history, after every process has died."""
        other = ExpectedHistory(self.disk.forked())
        other.possible, other.secrets = list(self.possible), self.secrets
        return other

    def compare(self, found: Rows) -> None:
        """Check what was found after a crash."""
        if not any(possible.fits(found) for possible in self.possible):
            lost = [row for number, row in self.shown.items() if found.get(number) != row]
            texts = [_record(row).get("message") for number, row in found.items() if number not in self.shown]
            raise AssertionError(f"lost {lost}" if lost else f"found what was not sent: {texts}")

    def check_secrets(self, rows: Rows, contents: Iterable[bytes]) -> None:
        """Check that no file has a word of a message that one of these records deletes."""
        deleted = {_record(row)["target"] for row in rows.values() if _record(row)["type"] == "delete"}
        secrets = {text for target in deleted for text in self.secrets.get(target, ())}
        secrets = {text for text in secrets if not any(text in row for row in rows.values())}  # nobody else said it
        left = [text for text in secrets for content in contents if text in content]
        assert not left, f"deleted, and still there: {left}"

    # Actions in the room

    def open(self) -> RoomLog:
        """Another process opens the room and shows what it finds."""
        log = open_lobby(self.disk)
        self.show()
        return log

    def say(self, log: RoomLog, *drafts: Draft | str) -> list[AppendOutcome]:
        """Append a batch; it is acknowledged when this returns."""
        batch = [said(draft) if isinstance(draft, str) else draft for draft in drafts]
        self.expect(lambda base, added: [_said(base, added, batch)])
        stored = log.append(batch)
        maintain(log)
        self.show()
        for draft, outcome in zip(batch, stored, strict=True):
            record = _record(self.shown.get(outcome.record.id, b"{}"))
            is_repeat_of_deleted = outcome.repeated and record.get("type") == "delete"
            assert is_repeat_of_deleted or record.get("message") == draft.message, "lost before it was acknowledged"
        return stored

    def try_to_say(self, fault: Fault, log: RoomLog, *drafts: Draft | str) -> None:
        """Append a batch while the disk fails; afterwards it works again."""
        self.disk.fault = fault
        with contextlib.suppress(StorageUnavailable):
            self.say(log, *drafts)
        self.disk.fault = no_fault
        self.check_secrets(self.shown, self.disk.durable().values())

    def delete(self, log: RoomLog, target: int) -> None:
        """Delete a message of alice; its words are nowhere when this returns."""
        self.secrets[target] = {
            json.dumps(_record(row)["message"], ensure_ascii=False).encode()[1:-1]
            for row in self.shown.values()
            if _is_text_of(row, target) and "message" in _record(row)
        }
        self.expect(lambda base, added: [_deleted(base, added, target)])
        (outcome,) = log.append([Draft(type="delete", author="alice", username="alice", target=target)])
        maintain(log)
        self.show()
        is_stored = outcome.record is not None and outcome.record.id in self.shown
        assert is_stored or "message" not in _record(self.shown[target]), "lost before it was acknowledged"

    def try_to_delete(self, fault: Fault, log: RoomLog, target: int) -> None:
        """Delete a message while the disk fails; afterwards it works again."""
        self.disk.fault = fault
        with contextlib.suppress(StorageUnavailable):
            self.delete(log, target)
        self.disk.fault = no_fault

    def clear(self, log: RoomLog, through: int) -> None:
        self.expect(lambda base, added: [_cleared(base, added, through)])
        log.clear(through)
        maintain(log)
        self.show()

    def compact(self, log: RoomLog) -> None:
        """Afterwards the file has what it has if nothing fails, and at any moment that or what it had."""
        other = MemoryDisk({LOBBY: self.disk.content(LOBBY)})
        open_lobby(other).compact()
        compacted = rows_of(other.content(LOBBY))
        self.expect(lambda base, added: [Possible(compacted)])
        log.compact()
        self.show()
        assert self.shown == compacted

    def create(self, name: str) -> bool:
        self.expect(lambda base, added: [_said(base, added, [])])
        made = JsonFileStore(FOLDER, self.disk).create("lobby", name)
        self.show()
        return made

    def expect(self, then: Callable[[Rows, Added], Sequence[Possible]]) -> None:
        """From now on these records may be found too, after everything that may be found already."""
        before = [
            (it.base, it.added[:length]) for it in self.possible for length in range(it.min_added, len(it.added) + 1)
        ]
        self.possible.extend(possible for base, added in before for possible in then(base, added))
        self.version += 1

    def show(self) -> None:
        """What is in the file now is shown."""
        found = rows_of(self.disk.content(LOBBY)) if LOBBY in self.disk.names else {}
        self.compare(found)
        self.possible = [Possible(found)]
        self.version += 1
        self.check_secrets(found, self.disk.durable().values())


def _said(base: Rows, before: Added, batch: Sequence[Draft]) -> Possible:
    """What may be found when a batch, or a part of it, is in the file."""
    added = list(before) if base or before else [(1, None)]
    last = added[-1][0] if added else max(base)
    known = {_client(_record(row)) for row in base.values()}
    for draft in batch:
        client = (draft.author, draft.client_id)
        if draft.client_id is None or client not in known:
            last = draft.id or last + 1
            added.append((last, draft.message))
            known.add(client)
    return Possible(base, added)


def _cleared(base: Rows, before: Added, through: int) -> Possible:
    """What may be found after a clear."""
    kept = {number: row for number, row in base.items() if number == 1 or number > through}
    added = [(number, text) for number, text in before if number == 1 or number > through]
    last = before[-1][0] if before else max(base, default=1)
    return Possible(kept, [*added, (last + 1, None)], min_added=len(added) + 1)


def _deleted(base: Rows, before: Added, target: int) -> Possible:
    """What may be found after a delete: never the delete without the blanks."""
    blank = {number: blanked(row) or row if _is_text_of(row, target) else row for number, row in base.items()}
    last = before[-1][0] if before else max(base)
    return Possible(blank, [*before, (last + 1, None)], min_added=len(before) + 1)


def _is_text_of(row: bytes, message: int) -> bool:
    """Whether a record is this message, or an edit of it."""
    record = _record(row)
    return (record["type"], record["id"]) == ("message", message) or (
        (record["type"], record.get("target")) == ("edit", message)
    )


def _client(record: dict[str, Any]) -> tuple[Any, Any]:
    return record.get("author"), record.get("client_id")


@cache
def _record(row: bytes) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(row)
    except ValueError:
        raise AssertionError(f"no record: {row!r}") from None
    return record
