"""The messages of a room as a stream, with one page of them in memory at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from chat.storage import Record, RoomLog
from chat.storage.timestamps import parse_timestamp

RECORDS_PER_READ = 1000


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
    """A message of a room. The fields are those of an export."""

    id: int
    author: str
    username: str
    message: str
    timestamp: str
    client_id: str | None
    reply_to: int | None


def messages(log: RoomLog) -> Iterator[StoredMessage]:
    """Every message of a room, in order. Events of other types are skipped. Raises `StorageError`."""
    after = 0
    while True:
        page = log.page(after=after, limit=RECORDS_PER_READ)
        yield from (message for record in page.records if (message := _message(record)) is not None)
        if page.complete or not page.records:
            return
        after = page.records[-1].id


def _message(record: Record) -> StoredMessage | None:
    match record:
        case Record(type="message", author=str(author), username=str(username), message=str(text)):
            return StoredMessage(record.id, author, username, text, record.timestamp, record.client_id, record.reply_to)
    return None
