"""The messages of a room, one after the other, with a page of them in memory at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from chat.storage import Record, RoomLog
from chat.storage.timestamps import parse_timestamp

PAGE = 1000  # records read at a time


class Period(NamedTuple):
    """From `since` on, and before `until`; None is no border."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, timestamp: str) -> bool:
        """Whether this time is in the period. One that cannot be read is in every period, so nothing gets lost."""
        if self.since is None and self.until is None:
            return True
        moment = parse_timestamp(timestamp)
        if moment is None:
            return True
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


class Said(NamedTuple):
    """A message in a room's order."""

    id: int
    author: str
    username: str
    message: str
    timestamp: str
    client_id: str | None
    reply_to: int | None


def messages(log: RoomLog) -> Iterator[Said]:
    """Every message of a room. What else its file holds (cleared stretches, later kinds of events) is passed over."""
    after = 0
    while True:
        page = log.page(after=after, limit=PAGE)
        yield from (said for record in page.records if (said := _said(record)) is not None)
        if page.complete or not page.records:
            return
        after = page.records[-1].id


def _said(record: Record) -> Said | None:
    match record:
        case Record(type="message", author=str(author), username=str(username), message=str(message)):
            return Said(record.id, author, username, message, record.timestamp, record.client_id, record.reply_to)
    return None
