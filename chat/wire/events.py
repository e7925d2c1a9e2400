"""Stored records as events of the wire, with their safe HTML, which is rendered here and never stored."""

import logging
from collections.abc import Callable
from functools import lru_cache

from chat.storage import Record
from chat.text import markup
from chat.wire.protocol import ClearEvent, MessageEvent, StoredEvent, UnknownEvent

RENDER_CACHE_SIZE = 512  # messages: pages of history show the same ones again and again
logger = logging.getLogger(__name__)


def event_from_record(record: Record) -> StoredEvent:
    """The event of a record. Rendering a page takes milliseconds: do not call this on the event loop.

    A record whose type has no row in `STORED_EVENTS`, or that lacks a field, becomes an `UnknownEvent`, which keeps the
    order of ids complete.
    """
    convert = STORED_EVENTS.get(record.type)
    event = convert(record) if convert else None
    return event or UnknownEvent(id=record.id, timestamp=record.timestamp)


def _message(record: Record) -> StoredEvent | None:
    if record.author is None or record.username is None or record.message is None:
        return None
    return MessageEvent(
        id=record.id,
        author=record.author,
        username=record.username,
        message=record.message,
        html=_render(record.message),
        timestamp=record.timestamp,
        client_id=record.client_id,
        reply_to=record.reply_to,
    )


def _clear(record: Record) -> StoredEvent | None:
    return None if record.target is None else ClearEvent(id=record.id, target=record.target, timestamp=record.timestamp)


# One row for each type of record that clients are sent; None is the answer to a record that lacks a field.
STORED_EVENTS: dict[str, Callable[[Record], StoredEvent | None]] = {"message": _message, "clear": _clear}


@lru_cache(maxsize=RENDER_CACHE_SIZE)
def _render(message: str) -> str:
    try:
        return markup.render(message)
    except Exception:  # the message is stored already, so it has to be shown, if only as plain text
        logger.exception("a message could not be rendered")
        return markup.render_plain(message)
