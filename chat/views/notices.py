"""Changes of the topic and of the room's name as quiet lines between the messages. static/chat/model/notices.js has
the same sentences, for those that arrive live.

A line stands in the item of the message in front of it; one that no message is in front of, in the first item.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from chat.wire.protocol import MessageEvent, RoomNameEvent, StoredEvent, TopicEvent

LINE = '<p class="message__notice" data-notice="{}" data-type="{}" data-username="{}" data-text="{}">{}</p>'


class Notices(NamedTuple):
    """The lines of a page by the id of the message in front of them, and those that no message is in front of."""

    leading: SafeString
    after: dict[int, SafeString]


NO_NOTICES = Notices(SafeString(), {})


def notices(events: Iterable[StoredEvent]) -> Notices:
    """The lines of the events of a page."""
    lines: dict[int, list[SafeString]] = {}
    message_id = 0
    for event in events:
        if isinstance(event, MessageEvent):
            message_id = event.id
        elif isinstance(event, TopicEvent | RoomNameEvent):
            lines.setdefault(message_id, []).append(_line(event))
    joined = {message_id: mark_safe("".join(each)) for message_id, each in lines.items()}  # noqa: S308 - format_html
    return Notices(joined.pop(0, SafeString()), joined)


def with_notices(row: SafeString, leading: SafeString, following: SafeString | None) -> SafeString:
    """The item of a message with the lines in front of it and behind it."""
    if not leading and not following:
        return row
    start = row.index(">") + 1  # behind the tag of the item, in whose attributes it is escaped
    end = row.rindex("</li>")
    parts = (row[:start], _group(leading, " data-leading"), row[start:end], _group(following, ""), row[end:])
    return mark_safe("".join(parts))  # noqa: S308 - all of them are safe


def _group(lines: SafeString | None, attribute: str) -> str:
    return f'<div class="message__notices"{attribute}>{lines}</div>' if lines else ""


def _line(event: TopicEvent | RoomNameEvent) -> SafeString:
    is_topic = isinstance(event, TopicEvent)
    text = event.topic if isinstance(event, TopicEvent) else event.name
    if not is_topic:
        sentence = gettext("{username} renamed the room to {name}")
    elif text:
        sentence = gettext("{username} set the topic: {topic}")
    else:
        sentence = gettext("{username} removed the topic")
    shown = sentence.format(username=_isolated(event.username), name=_isolated(text), topic=_isolated(text))
    return format_html(LINE, event.id, "topic" if is_topic else "room_name", event.username, text, shown)


def _isolated(text: str) -> str:
    """Names of any direction of writing leave the sentence around them in order."""
    return f"\u2068{text}\u2069"
