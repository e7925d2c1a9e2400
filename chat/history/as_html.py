"""One HTML page that needs nothing else: opens offline, runs no script, fetches nothing.

The attack: what people wrote becomes a page on the owner's own machine. Message text goes through chat.text.markup, all
else is escaped, and a Content-Security-Policy in the page forbids whatever could slip through to run or to load.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.utils.html import escape

from chat.history.formats import Export, History
from chat.history.reading import Said
from chat.storage.timestamps import parse_timestamp
from chat.text import markup

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
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


def _room(history: History) -> Iterator[str]:
    room = escape(history.room)
    yield f'<section id="{room}" aria-labelledby="{room}:name">\n'
    yield f'<h2 id="{room}:name"><bdi>{escape(history.name)}</bdi></h2>\n'
    today: date | None = None
    said = None
    for said in history.messages:
        moment = parse_timestamp(said.timestamp)
        if moment is not None and moment.date() != today:
            today = moment.date()
            yield f"<h3>{_day(today)}</h3>\n"
        yield _message(room, said)
    yield "</section>\n" if said else '<p class="empty">Nothing was said here.</p>\n</section>\n'


def _message(room: str, said: Said) -> str:
    place = f"{room}:{said.id}"
    reply = f' <a href="#{room}:{said.reply_to}">in reply to {said.reply_to}</a>' if said.reply_to is not None else ""
    return (
        f'<article id="{place}">\n'
        f'<p class="head"><bdi class="name">{escape(said.username)}</bdi> '
        f'<a href="#{place}">{_time(said.timestamp)}</a>{reply}</p>\n'
        f'<div class="text" dir="auto">{markup.render(said.message)}</div>\n'
        "</article>\n"
    )


def _time(timestamp: str, *, with_day: bool = False) -> str:
    moment = parse_timestamp(timestamp)
    shown = timestamp if moment is None else f"{_day(moment) + ', ' if with_day else ''}{moment:%H:%M}"
    return f'<time datetime="{escape(timestamp)}">{escape(shown)}</time>'


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
