"""Copies a room from one store into another, and checks that both have the same events.

The room is written to a temporary file first (`Store.back_up`): so what is copied stands still while people go on
talking, and a store needs no other way to be read from. The same file of the other store is what is compared.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from chat.storage import ROOM_RECORD_ID, ReceivingStore, Record, Store, Tally
from chat.storage.json_files.lines import decode_line
from chat.storage.json_files.room_copy import records_of_copy


class CopyError(Exception):
    """A room cannot be copied into the other store. The text says why, and what to do."""


class Content(NamedTuple):
    """What a room consists of. `digest`: of every event, in order (SHA-256, hexadecimal)."""

    head: Record
    tally: Tally
    name: str
    topic: str
    events: int
    last_id: int
    cleared_at: int  # the id of the last clear; 0 if there is none
    digest: str

    def is_same(self, other: "Content | None") -> bool:
        """Whether nothing has to be copied."""
        return other is not None and self._compared == other._compared

    @property
    def _compared(self) -> tuple[object, ...]:
        return self.head.epoch, self.head.compacted, self.tally, self.name, self.topic, self.events, self.digest


class Outcome(NamedTuple):
    """A room that was copied, or would be: how many of its events are new, and what it consists of."""

    new: int
    content: Content


class RoomCopy:
    """One room on its way from a store into another one. `on_event` is called for every event that is read."""

    def __init__(self, room: str, origin: Store, target: ReceivingStore, on_event: Callable[[], None]) -> None:
        self._room = room
        self._origin = origin
        self._target = target
        self._on_event = on_event

    def run(self, *, dry_run: bool = False) -> Outcome:
        """Copy what the target lacks. Raises `CopyError`, `StorageError`, OSError."""
        with TemporaryDirectory(prefix="chatsite-copy-") as folder:
            file = Path(folder) / f"{self._room}.json"
            self._origin.back_up(self._room, file)
            content = self._content(self._origin, file)
            after = self._known_up_to(content)
            if not dry_run:
                self._copy(file, content, after)
            return Outcome(_count_behind(after, content, file), content)

    def _known_up_to(self, content: Content) -> int:
        """The last id that the target need not be given again; 0: it has to be given everything."""
        if self._target.find(self._room) is None:
            return 0
        with closing(self._target.open(self._room)) as log:
            if log.last_id == ROOM_RECORD_ID:
                return 0
            if log.epoch != content.head.epoch:
                raise CopyError(
                    f"another room has this address in {self._target.location}. Export and remove that one first."
                )
            if log.last_id > content.last_id:
                raise CopyError(
                    f"it goes on in {self._target.location}: there its last event is {log.last_id}, here it is"
                    f" {content.last_id}. Copy in the other direction, or remove the one there."
                )
            is_rewritten = log.compacted_id != (content.head.compacted or 0) or content.cleared_at > log.last_id
            return 0 if is_rewritten else log.last_id

    def _copy(self, file: Path, content: Content, after: int) -> None:
        if after == content.last_id and content.is_same(self._content_of_target()):
            return
        for start in dict.fromkeys((after, 0)):  # if it differs in what was there before, it is given everything
            self._target.receive(self._room, content.head, content.tally, self._counted(file), after=start)
            if content.is_same(self._content_of_target()):
                return
        raise CopyError(f"it is not the same in {self._target.location} after it was copied. Verify both.")

    def _content_of_target(self) -> Content:
        """With what the target itself says of the room: nobody writes there."""
        with TemporaryDirectory(prefix="chatsite-copy-") as folder:
            file = Path(folder) / f"{self._room}.json"
            self._target.back_up(self._room, file)
            content = self._content(self._target, file)
        with closing(self._target.open(self._room)) as log:
            return content._replace(tally=log.tally, name=log.name, topic=log.topic)

    def _content(self, store: Store, file: Path) -> Content:
        """Of a copy. The room goes on while it is read, so nothing is asked of the store that the copy tells.

        It does not tell how many messages were cleared. A clear since the copy makes that wrong until the next run.
        """
        head = next(records_of(file))
        name, topic = head.name or self._room, head.topic or ""
        count = messages = cleared_at = 0
        last_id = ROOM_RECORD_ID
        digest = hashlib.sha256()
        for event in events_of(file):
            count, last_id = count + 1, event.id
            messages += event.type == "message"
            cleared_at = event.id if event.type == "clear" else cleared_at
            name = event.name or "" if event.type == "room_name" else name
            topic = event.topic or "" if event.type == "topic" else topic
            digest.update(msgspec.json.encode(event))
        with closing(store.open(self._room)) as log:
            cleared = log.tally.cleared
        tally = Tally(last_id, cleared + messages, cleared)
        return Content(head, tally, name, topic, count, last_id, cleared_at, digest.hexdigest())

    def _counted(self, file: Path) -> Iterator[Record]:
        for event in events_of(file):
            self._on_event()
            yield event


def _count_behind(after: int, content: Content, copy: Path) -> int:
    """How many of the events have a greater id. Only for a part of them the copy is read once more."""
    if after in (0, content.last_id):
        return 0 if after else content.events
    return sum(1 for event in events_of(copy) if event.id > after)


def events_of(copy: Path) -> Iterator[Record]:
    """The events of a room's copy: every record but the room's own one."""
    records = records_of(copy)
    next(records)
    return records


def records_of(copy: Path) -> Iterator[Record]:
    """The records of a room's copy, without their checksums, which only a file has. Raises `RoomDamaged`."""
    with open(copy, "rb") as file:
        for _, body in records_of_copy(file, lambda note: None):
            yield msgspec.structs.replace(decode_line(body), crc=None)
