"""Stored records as events of the wire, with their safe HTML, which is rendered here and never stored."""

import logging
from collections.abc import Callable
from functools import lru_cache

import msgspec

from chat.storage import Record
from chat.text import markup
from chat.wire.protocol import (
    ClearEvent,
    DeleteEvent,
    EditEvent,
    MessageEvent,
    ReactionEvent,
    RoomNameEvent,
    StoredEvent,
    TopicEvent,
    UnknownEvent,
)

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


def _edit(record: Record) -> StoredEvent | None:
    if record.author is None or record.username is None or record.message is None or record.target is None:
        return None
    return EditEvent(
        id=record.id,
        target=record.target,
        author=record.author,
        username=record.username,
        message=record.message,
        html=_render(record.message),
        timestamp=record.timestamp,
        client_id=record.client_id,
    )


def _by_name(event_type: type[StoredEvent]) -> Callable[[Record], StoredEvent | None]:
    """For events whose fields are fields of their record."""
    fields = msgspec.structs.fields(event_type)

    def convert(record: Record) -> StoredEvent | None:
        values = {field.name: getattr(record, field.name) for field in fields}
        lacks = any(field.required and values[field.name] is None for field in fields)
        return None if lacks else event_type(**values)

    return convert


# One row for each type of record that clients are sent; None is the answer to a record that lacks a field.
STORED_EVENTS: dict[str, Callable[[Record], StoredEvent | None]] = {
    "message": _message,
    "edit": _edit,
    "delete": _by_name(DeleteEvent),
    "reaction": _by_name(ReactionEvent),
    "topic": _by_name(TopicEvent),
    "room_name": _by_name(RoomNameEvent),
    "clear": _by_name(ClearEvent),
}


@lru_cache(maxsize=RENDER_CACHE_SIZE)
def _render(message: str) -> str:
    try:
        return markup.render(message)
    except Exception:  # the message is stored already, so it has to be shown, if only as plain text
        logger.exception("a message could not be rendered")
        return markup.render_plain(message)
