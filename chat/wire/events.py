"""Stored records, and messages with their amendments, as events of the wire.

Their safe HTML is rendered here and never stored.
"""

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from chat.storage import FoldedMessage, Item, Record
from chat.storage import Reaction as StoredReaction
from chat.storage import Reply as StoredReply
from chat.text import markup
from chat.text.plain import plain_text
from chat.wire.protocol import (
    MAX_REACTION_PEOPLE,
    ClearEvent,
    DeleteEvent,
    EditEvent,
    MessageEvent,
    Reaction,
    ReactionEvent,
    Reply,
    RoomNameEvent,
    StoredEvent,
    TopicEvent,
    UnknownEvent,
)

RENDER_CACHE_SIZE = 512  # messages: pages of history show the same ones again and again
NO_REPLIES: Mapping[int, StoredReply] = {}
logger = logging.getLogger(__name__)


def event_from_item(item: Item, reader: str | None = None) -> StoredEvent:
    """The event of a part of a page, with what was folded into it. `reader`: the author who will read the page."""
    if isinstance(item, Record):
        return event_from_record(item)
    event = event_from_record(item.record)
    return _folded(event, item, reader) if isinstance(event, MessageEvent) else event


def _folded(event: MessageEvent, item: FoldedMessage, reader: str | None) -> MessageEvent:
    if item.rev == event.id and item.reply is None:
        return event
    return msgspec.structs.replace(
        event,
        edited=item.edited,
        reactions=tuple([_reaction(reaction, reader) for reaction in item.reactions]),
        reply=item.reply and _reply(item.reply),
        rev=None if item.rev == event.id else item.rev,
    )


def _reaction(reaction: StoredReaction, reader: str | None) -> Reaction:
    authors = reaction.authors
    return Reaction(reaction.emoji, len(authors), reaction.usernames[:MAX_REACTION_PEOPLE], reader in authors)


def _reply(reply: StoredReply) -> Reply:
    excerpt = None if reply.excerpt is None else plain_text(_render(reply.excerpt))
    return Reply(id=reply.id, username=reply.username, excerpt=excerpt, deleted=reply.deleted)


def event_from_record(record: Record, replies: Mapping[int, StoredReply] = NO_REPLIES) -> StoredEvent:
    """The event of a record, live or replayed. `replies`: the messages that are answered, by their ids.

    Rendering a page takes milliseconds: do not call this on the event loop. A record whose type has no row in
    `STORED_EVENTS`, or that lacks a field, becomes an `UnknownEvent`, which keeps the order of ids complete.
    """
    convert = STORED_EVENTS.get(record.type)
    event = convert(record) if convert else None
    if replies and isinstance(event, MessageEvent) and event.reply_to is not None and event.reply_to in replies:
        event = msgspec.structs.replace(event, reply=_reply(replies[event.reply_to]))
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
