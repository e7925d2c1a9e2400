"""One self-contained HTML page: it opens offline, runs no script and loads nothing.

The attack: text of strangers becomes a page on the owner's machine. Message text goes through chat.text.markup,
everything else is escaped, and the page's Content-Security-Policy forbids to run or load what could slip through.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.utils.html import escape
from django.utils.text import Truncator

from chat.history.formats import Export, RoomHistory, reactions, readable
from chat.history.reading import Notice, StoredMessage
from chat.storage.timestamps import parse_timestamp
from chat.text import markup
from chat.text.plain import plain_text

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
EXCERPT_CHARACTERS = 60  # of the message that another one answers
STYLE = Path(__file__).with_name("export.css")


def page(export: Export) -> Iterator[str]:
    """The page: a list of the rooms if there are several, then room by room, day by day."""
    yield _head(export)
    for history in export.histories:
        yield from _room(history)
    yield "</main>\n</body>\n</html>\n"


def _head(export: Export) -> str:
    title = escape(export.rooms[0].name if len(export.rooms) == 1 else "Chat history")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>Chat history</h1>
<p>Exported {_time(export.exported, with_day=True)}. All times are UTC.</p>
{_contents(export)}</header>
<main>
"""


def _contents(export: Export) -> str:
    if len(export.rooms) < 2:
        return ""
    links = "\n".join(
        f'<li><a href="#{escape(info.room)}"><bdi>{escape(info.name)}</bdi></a></li>' for info in export.rooms
    )
    return f'<nav aria-label="Rooms">\n<ul>\n{links}\n</ul>\n</nav>\n'


def _room(history: RoomHistory) -> Iterator[str]:
    room = escape(history.room)
    yield f'<section id="{room}" aria-labelledby="{room}:name">\n'
    yield f'<h2 id="{room}:name"><bdi>{escape(history.name)}</bdi></h2>\n'
    today: date | None = None
    entry = None
    for entry in readable(history):
        moment = parse_timestamp(entry.timestamp)
        if moment is not None and moment.date() != today:
            today = moment.date()
            yield f"<h3>{_day(today)}</h3>\n"
        yield _notice(room, entry) if isinstance(entry, Notice) else _message(room, entry)
    yield "</section>\n" if entry else '<p class="empty">Nothing was said here.</p>\n</section>\n'


def _notice(room: str, notice: Notice) -> str:
    anchor = f"{room}:{notice.id}"
    return (
        f'<p class="notice" id="{anchor}"><bdi class="name">{escape(notice.username)}</bdi> '
        f'<bdi>{escape(notice.sentence)}</bdi> <a href="#{anchor}">{_time(notice.timestamp)}</a></p>\n'
    )


def _message(room: str, message: StoredMessage) -> str:
    anchor = f"{room}:{message.id}"
    edited = "" if message.edited is None else f" (edited {_time(message.edited, with_day=True)})"
    reacted = f'<p class="reactions"><bdi>{escape(reactions(message))}</bdi></p>\n' if message.reactions else ""
    return (
        f'<article id="{anchor}">\n'
        f'<p class="head"><bdi class="name">{escape(message.username)}</bdi> '
        f'<a href="#{anchor}">{_time(message.timestamp)}</a>{edited}{_reply(room, message)}</p>\n'
        f'<div class="text" dir="auto">{markup.render(message.message)}</div>\n'
        f"{reacted}</article>\n"
    )


def _reply(room: str, message: StoredMessage) -> str:
    """Whom and what the message answers. A deleted message has no place on the page."""
    target, reply = message.reply_to, message.reply
    if target is None:
        return ""
    if reply is None:
        return f' <a href="#{room}:{target}">in reply to {target}</a>'
    if reply.deleted:
        return " in reply to a message that was deleted"
    excerpt = escape(Truncator(plain_text(markup.render(reply.excerpt or ""))).chars(EXCERPT_CHARACTERS))
    name = escape(reply.username or "")
    return f' <a href="#{room}:{target}">in reply to <bdi>{name}</bdi>: <bdi>{excerpt}</bdi></a>'


def _time(timestamp: str, *, with_day: bool = False) -> str:
    moment = parse_timestamp(timestamp)
    shown = timestamp if moment is None else f"{_day(moment) + ', ' if with_day else ''}{moment:%H:%M}"
    return f'<time datetime="{escape(timestamp)}">{escape(shown)}</time>'


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
