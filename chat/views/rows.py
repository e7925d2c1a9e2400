"""Messages and room links as HTML for the page of a room, each rendered once and cached for all readers.

Rendering them took most of the time of a page, and readers of a room see the same newest messages.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from chat.rooms.batch_priority import BatchPriority
from chat.rooms.directory import RoomSummary
from chat.storage.timestamps import parse_timestamp
from chat.views.avatar import AvatarSigns, avatar_hue
from chat.views.notices import NO_NOTICES, Notices, with_notices
from chat.wire import protocol
from chat.wire.protocol import MessageEvent

MESSAGE_CACHE_SIZE = 500  # messages of all rooms
MAX_CACHED_CHARACTERS = 1000  # of HTML and the names of who reacted; longer messages are not cached: at most 7 MB
ROOM_LINK_CACHE_SIZE = 2000  # at most 2 MB. With more rooms than this, every link is rendered for every page
SAME_HEADING_WITHIN = timedelta(minutes=5)  # consecutive messages of one author share a heading
TIME_IF_UNKNOWN = datetime.fromtimestamp(0, UTC)  # of a message whose timestamp was edited in the file and is invalid


class Place(NamedTuple):
    """Where a message stands on its page. `linked`: the page is the one of this message."""

    new_day: bool
    continued: bool
    linked: bool


async def message_rows(
    messages: Iterable[MessageEvent],
    signs: AvatarSigns,
    batch_priority: BatchPriority,
    linked_id: int | None = None,
    lines: Notices = NO_NOTICES,
) -> SafeString:
    """The list items of messages: which begins a new day, and which continues under the heading above it.

    `signs` are those of the page; the names in the messages are added. `linked_id` is the message of its address.
    `lines` stand between the messages.
    """
    rows: list[SafeString] = []
    language = get_language()
    previous: MessageEvent | None = None
    previous_time = TIME_IF_UNKNOWN
    async for message in batch_priority.in_steps(messages):
        time = parse_timestamp(message.timestamp) or TIME_IF_UNKNOWN
        new_day = previous is None or previous_time.date() != time.date()
        same_author = previous is not None and _author(previous) == _author(message)
        follows = same_author and not new_day and time - previous_time < SAME_HEADING_WITHIN
        continued = follows and not message.edited and not message.reply
        render = _cached_row if _is_cached(message) else _row
        sign = signs.sign_of(message.username)
        reply_sign = signs.sign_of(message.reply.username) if message.reply and message.reply.username else ""
        place = Place(new_day=new_day, continued=continued, linked=message.id == linked_id)
        row = render(message, time, sign, reply_sign, language, place)
        rows.append(with_notices(row, SafeString() if rows else lines.leading, lines.after.get(message.id)))
        previous, previous_time = message, time
    return _joined(rows)


async def room_links(summaries: Iterable[RoomSummary], current_slug: str, batch_priority: BatchPriority) -> SafeString:
    """The list items of rooms. The page shows the room of `current_slug`."""
    link, language = _link if settings.DEBUG else _cached_link, get_language()
    return _joined(
        [
            link(summary.room, summary.name, language, current=summary.room == current_slug)
            async for summary in batch_priority.in_steps(summaries)
        ]
    )


def _author(message: MessageEvent) -> tuple[str, str]:
    return message.author, message.username


def _is_cached(message: MessageEvent) -> bool:
    """Whether the row of a message is kept. One with reactions of the reader is for them alone."""
    names = sum(len(name) for reaction in message.reactions for name in reaction.people)
    is_short = len(message.html) + names <= MAX_CACHED_CHARACTERS
    return is_short and not settings.DEBUG and not any(reaction.mine for reaction in message.reactions)


def _row(message: MessageEvent, time: datetime, sign: str, reply_sign: str, language: str, place: Place) -> SafeString:
    """Rendered in the active language. `language` names it for the cache."""
    # The html was made and sanitized by chat/text/markup.py; it is safe to show as it is.
    html = mark_safe(message.html)  # noqa: S308
    event = {  # numbers as text: a template formats a number for the language, which took a fifth of the row's time
        **protocol.to_builtins(message),
        "id": str(message.id),
        "rev": message.rev and str(message.rev),
        "html": html,
        "time": time,
        "day": time if place.new_day else None,
        "continued": place.continued,
        "linked": place.linked,
        "reply": _reply(message, reply_sign),
        "reactions": [
            {
                **protocol.to_builtins(reaction),
                "count": str(reaction.count),
                "title": "\n".join(reaction.people),
            }
            for reaction in message.reactions
        ],
    }
    avatar = {"hue": avatar_hue(message.username), "sign": sign}
    return render_to_string("chat/_message.html", {"event": event, "avatar": avatar})


def _reply(message: MessageEvent, sign: str) -> dict[str, object] | None:
    if message.reply is None:
        return None
    hue = avatar_hue(message.reply.username) if message.reply.username else ""
    return {**protocol.to_builtins(message.reply), "hue": hue, "sign": sign}


def _link(slug: str, name: str, language: str, *, current: bool) -> SafeString:
    item = {"name": name, "url": reverse("room", args=[slug]), "current": current}
    return render_to_string("chat/_room_link.html", {"item": item})


def _joined(parts: list[SafeString]) -> SafeString:
    return mark_safe("\n".join(parts))  # noqa: S308 - each of them is safe


_cached_row = lru_cache(maxsize=MESSAGE_CACHE_SIZE)(_row)
_cached_link = lru_cache(maxsize=ROOM_LINK_CACHE_SIZE)(_link)
