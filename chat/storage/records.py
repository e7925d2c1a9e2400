"""What is stored: records, the drafts they are made from, and the table of their types. The same in every backend.

A new type of record is one line in `RECORD_TYPES`. A new field is added to `Record`, `Draft` and `record_from_draft`.
"""

from operator import attrgetter
from typing import Annotated, ClassVar, NamedTuple

import msgspec

MAX_ID = 2**53 - 1  # JavaScript cannot represent larger integers exactly
MAX_CHOSEN_ID = 2**52  # of imports and edits by hand: half of the range stays free for new records
ROOM_RECORD_ID = 1  # of the record that describes the room
Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
Target = Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)]  # 0: a clear that found nothing to remove


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stored event. Readers skip types they do not know.

    `epoch`, `format` and `compacted` describe the room, `name` and `topic` are those of the room from here on. `target`
    is the message that an amendment is about; `emoji` and `on` are of a reaction, which adds it or takes it back.
    `batch` is the id of the first record of the same commit. `crc` is set on records that were read from a JSON file.

    What is deleted loses `username` and `message`.
    """

    id: Id
    type: str
    name: str | None = None
    epoch: str | None = None
    format: int | None = None
    compacted: Id | None = None
    author: str | None = None
    username: str | None = None
    message: str | None = None
    timestamp: str
    client_id: str | None = None
    reply_to: Id | None = None
    target: Target | None = None
    emoji: str | None = None
    on: bool | None = None
    topic: str | None = None
    batch: Id | None = None
    crc: str | None = None


class MessageRecord(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A record of a message with the fields that a message has: half the work where a million are written at once."""

    id: Id
    type: str
    author: str
    username: str
    message: str
    timestamp: str
    client_id: str | None = None
    reply_to: Id | None = None
    batch: Id | None = None
    target: ClassVar[None] = None
    emoji: ClassVar[None] = None
    on: ClassVar[None] = None
    topic: ClassVar[None] = None
    name: ClassVar[None] = None


AnyRecord = Record | MessageRecord


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is not stored yet. Only imports set `id` and `timestamp`; otherwise the log assigns them."""

    type: str = "message"
    author: str
    username: str
    message: str | None = None
    client_id: str | None = None
    reply_to: int | None = None
    target: int | None = None
    emoji: str | None = None
    on: bool | None = None
    topic: str | None = None
    name: str | None = None
    id: int | None = None
    timestamp: str | None = None


def record_from_draft(draft: Draft, record_id: int, batch_id: int, timestamp: str) -> Record:
    """The record of a draft. Field by field: three times as fast as any way that goes by their names."""
    return Record(
        id=record_id,
        type=draft.type,
        name=draft.name,
        author=draft.author,
        username=draft.username,
        message=draft.message,
        timestamp=draft.timestamp or timestamp,
        client_id=draft.client_id,
        reply_to=draft.reply_to,
        target=draft.target,
        emoji=draft.emoji,
        on=draft.on,
        topic=draft.topic,
        batch=batch_id,
    )


class RecordType(NamedTuple):
    """The fields that every record of a type has, and whether `append` takes drafts of it."""

    fields: tuple[str, ...]
    drafted: bool = True


RECORD_TYPES = {
    "room": RecordType(("epoch", "format"), drafted=False),  # the room itself, always the first record
    "message": RecordType(("author", "username", "message")),
    "edit": RecordType(("author", "username", "target", "message")),
    "delete": RecordType(("author", "username", "target")),
    "reaction": RecordType(("author", "username", "target", "emoji", "on")),
    "topic": RecordType(("author", "username", "topic")),  # "" removes it
    "room_name": RecordType(("author", "username", "name")),
    "clear": RecordType(("target",), drafted=False),  # every event up to the target was removed
}
AMENDMENTS = frozenset({"edit", "delete", "reaction"})  # they change the message `target`
# By type of draft: a function that returns the values of its required fields. `append` calls it for every draft.
FIELD_GETTERS = {name: attrgetter(*each.fields) for name, each in RECORD_TYPES.items() if each.drafted}
