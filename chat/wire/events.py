"""A stored record as the event that people see: what was typed, and its safe HTML, which is never stored."""

import logging
from functools import lru_cache

from chat.storage import Record
from chat.text import markup
from chat.wire.protocol import StoredEvent, stored_event

logger = logging.getLogger(__name__)


def event_from_record(record: Record) -> StoredEvent:
    """The event of a record, rendered. May take milliseconds for a page: not for the event loop."""
    return stored_event(record, _render(record.message) if record.message else "")


@lru_cache(maxsize=512)  # pages of history show the same messages again and again
def _render(message: str) -> str:
    try:
        return markup.render(message)
    except Exception:  # it is on disk already: it has to be shown, if only as it was typed
        logger.exception("a message could not be rendered")
        return markup.render_plain(message)
