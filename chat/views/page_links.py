"""The way from one page of a room's history to the next, by links, and to the page that shows a message. Pure."""

from typing import NamedTuple

from chat.storage import ROOM_RECORD_ID
from chat.wire.protocol import DEFAULT_HISTORY_EVENTS, HistoryFrame


class PageLinks(NamedTuple):
    """What a page says about its place. The links are query strings, "" if there is nothing in that direction."""

    is_newest: bool  # it was requested as the newest page
    is_first: bool  # nothing is before it
    older: str
    newer: str


def page_links(page: HistoryFrame) -> PageLinks:
    """The place of a page, as it was requested: the newest one, or the one before or after an id."""
    is_newest = page.before is None and page.after is None
    first_id, last_id = _ends(page)
    if page.after is None:
        is_first, has_newer = page.complete, not is_newest
    else:
        is_first, has_newer = page.after <= ROOM_RECORD_ID, not page.complete
    older = "" if is_first else f"?before={first_id}"
    return PageLinks(is_newest, is_first, older, f"?after={last_id}" if has_newer else "")


def _ends(page: HistoryFrame) -> tuple[int, int]:
    """The first and the last id. A page without events has its place too: where it was requested."""
    if page.events:
        return page.events[0].id, page.events[-1].id
    if page.after is not None:
        return page.after + 1, page.after
    return page.before or 0, (page.before or 1) - 1


def query_showing(message_id: int, newest_id: int) -> str:
    """The query string of a page that shows a message: "" if the newest page does."""
    return "" if newest_id - message_id < DEFAULT_HISTORY_EVENTS // 2 else f"?before={message_id + 1}"
