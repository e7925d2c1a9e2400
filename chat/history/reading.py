"""What was said in a room as a stream, with one page of it in memory at a time: as it is now, or event by event."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from chat.storage import FoldedMessage, Item, Reaction, Record, Reply, RoomLog
from chat.storage.folding import item_id
from chat.storage.timestamps import parse_timestamp

READ_AT_ONCE = 1000  # records, or messages


class Period(NamedTuple):
    """From `since` on, and before `until`; None is no limit."""

    since: datetime | None = None
    until: datetime | None = None

    def contains(self, timestamp: str) -> bool:
        """Whether a timestamp is in the period. One that cannot be parsed is in every period, so nothing is lost."""
        if self.since is None and self.until is None:
            return True
        moment = parse_timestamp(timestamp)
        if moment is None:
            return True
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


class StoredMessage(NamedTuple):
    """A message of a room as it is now. The fields are those of an export."""

    id: int
    author: str
    username: str
    message: str
    timestamp: str
    client_id: str | None
    reply_to: int | None
    edited: str | None = None
    reactions: tuple[Reaction, ...] = ()
    reply: Reply | None = None


class Notice(NamedTuple):
    """An event that is no message, and stands among them as a line: `topic` or `room_name`, with the new text."""

    id: int
    type: str
    author: str
    username: str
    text: str
    timestamp: str

    @property
    def sentence(self) -> str:
        """For people, behind the name of who did it."""
        if self.type == "room_name":
            return f"renamed the room to {self.text}"
        return f"set the topic: {self.text}" if self.text else "removed the topic"


Entry = StoredMessage | Notice


def entries(log: RoomLog) -> Iterator[Entry]:
    """Every message that is not deleted, with its edits and reactions, and every notice, in order.

    Raises `StorageError`.
    """
    after = 0
    while True:
        page = log.items(after=after, limit=READ_AT_ONCE)
        yield from (entry for item in page.items if (entry := _entry(item)) is not None)
        if page.complete or not page.items:
            return
        after = item_id(page.items[-1])


def messages(log: RoomLog) -> Iterator[StoredMessage]:
    """The entries that are messages. Raises `StorageError`."""
    return (entry for entry in entries(log) if isinstance(entry, StoredMessage))


def events(log: RoomLog) -> Iterator[Record]:
    """Every event as it was stored, in order; what is deleted is left out. Raises `StorageError`."""
    after = 0
    while True:
        page = log.page(after=after, limit=READ_AT_ONCE)
        yield from page.records
        if page.complete or not page.records:
            return
        after = page.records[-1].id


def _entry(item: Item) -> Entry | None:
    match item:
        case FoldedMessage(record=Record(author=str(author), username=str(username), message=str(text)) as record):
            stored = (record.id, author, username, text, record.timestamp, record.client_id, record.reply_to)
            return StoredMessage(*stored, item.edited, item.reactions, item.reply)
        case Record(type="topic", author=str(author), username=str(username), topic=str(text)):
            return Notice(item.id, item.type, author, username, text, item.timestamp)
        case Record(type="room_name", author=str(author), username=str(username), name=str(text)):
            return Notice(item.id, item.type, author, username, text, item.timestamp)
    return None
