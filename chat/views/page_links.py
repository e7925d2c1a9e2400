"""The way from one page of a room's history to the next, by links. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from chat.storage import ROOM_RECORD_ID
from chat.wire.protocol import HistoryFrame, StoredEvent


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


def links_around(place: int, events: Sequence[StoredEvent], *, is_first: bool, is_last: bool) -> PageLinks:
    """The place of a page around an id, which may have no event."""
    first_id, last_id = (events[0].id, events[-1].id) if events else (place, place)
    older = "" if is_first else f"?before={first_id}"
    return PageLinks(is_newest=False, is_first=is_first, older=older, newer="" if is_last else f"?after={last_id}")
