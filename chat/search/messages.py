"""The messages of a log as search reads them: with their newest text, without deleted ones. Raises `StorageError`."""

from typing import NamedTuple

from chat.storage import Record, RoomLog
from chat.storage.folding import FoldedMessage, Item, item_id


class Messages(NamedTuple):
    """Some messages, and the id to go on from; None if there are no more in that direction."""

    records: list[Record]
    rest: int | None


def messages_before(log: RoomLog, before: int | None, limit: int) -> Messages:
    """The messages in front of an id, or the newest ones, falling."""
    page = log.items(before=before, limit=limit)
    return Messages(_records(page.items)[::-1], None if page.complete or not page.items else item_id(page.items[0]))


def _records(items: list[Item]) -> list[Record]:
    return [item.record for item in items if isinstance(item, FoldedMessage)]
