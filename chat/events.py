"""A stored record as the event that people see: what was typed, and its safe HTML, which is never stored."""

from functools import lru_cache

from chat import markup
from chat.protocol import StoredEvent, stored_event
from chat.storage import Record

_render = lru_cache(maxsize=512)(markup.render)  # pages of history show the same messages again and again


def of_record(record: Record) -> StoredEvent:
    """The event of a record, rendered. May take milliseconds for a page: not for the event loop."""
    return stored_event(record, _render(record.message) if record.message else "")
