"""A place in a room's history: which messages its page shows, and the links from there to the next ones."""

from typing import NamedTuple

from chat.rooms.history_reader import Reader
from chat.rooms.room import Room
from chat.views.page_links import PageLinks, links_around, page_links
from chat.wire.commands import FetchHistory
from chat.wire.protocol import DEFAULT_HISTORY_EVENTS, MessageEvent, StoredEvent

HALF_PAGE = DEFAULT_HISTORY_EVENTS // 2


class Place(NamedTuple):
    """The events of a page, and where it is.

    `last_id`: up to this id the client of the newest page has everything. `complete`: no event is older. `linked_id`:
    the message that the address names; `is_gone` if the room does not have it, or not any more.
    """

    events: list[StoredEvent]
    complete: bool
    last_id: int
    links: PageLinks
    linked_id: int | None = None
    is_gone: bool = False


async def place_of_query(room: Room, query: FetchHistory, reader: Reader) -> Place:
    """The newest page, or the one before or after an id. Raises `StorageError`."""
    if query.before is None and query.after is None:
        shown, last_id = await room.replay.newest_page(reader)
    else:
        shown, last_id = await room.page(query, reader), room.feed.last_delivered_id
    return Place(shown.events, shown.complete, last_id, page_links(shown))


async def place_of_message(room: Room, message_id: int, reader: Reader) -> Place:
    """The newest page if the message is on it; otherwise half a page up to the message, and half a page behind it.

    If the message is gone, the events around the place where it was. Raises `StorageError`.
    """
    newest = await place_of_query(room, FetchHistory(), reader)
    if _holds(newest.events, message_id):
        return newest._replace(linked_id=message_id)
    while True:
        resets = room.feed.resets
        older = await room.page(FetchHistory(before=message_id + 1, limit=HALF_PAGE + 1), reader)
        newer = await room.page(FetchHistory(after=message_id, limit=HALF_PAGE), reader)
        if room.feed.resets == resets:  # otherwise one half is of another history
            events = [*older.events, *newer.events]
            links = links_around(message_id, events, is_first=older.complete, is_last=newer.complete)
            is_gone = not _holds(older.events, message_id)
            return Place(events, older.complete, room.feed.last_delivered_id, links, message_id, is_gone)


def _holds(events: list[StoredEvent], message_id: int) -> bool:
    return any(event.id == message_id and isinstance(event, MessageEvent) for event in events)
