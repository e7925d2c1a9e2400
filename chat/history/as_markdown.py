"""Markdown that is readable as it is, and shows exactly the typed text when it is rendered.

A message is a quotation. Every character with a meaning in Markdown or HTML is escaped; a message whose spaces would be
lost (indents and runs, in code above all) is put in a fence that is longer than any fence inside it. URLs stay links.
"""

import re
from collections.abc import Iterator
from datetime import date

from chat.history.formats import Export, RoomHistory, reactions, readable
from chat.history.reading import Notice, StoredMessage
from chat.storage.timestamps import parse_timestamp
from chat.text.links import addresses

# Also the . of www. and the : of //, which GitHub would take for an address, with the backslashes that follow.
_special = re.compile(r"([\\`*_\[\]<>&~|$]|(?<=www)\.|:(?=//))", re.I)
_block_start = re.compile(r"^(\d{0,9})([#+=.)-])")
_spaces_matter = re.compile(r"^[ ]|[ ]{2}(?=\S)|\t|^(?:```|~~~)", re.M)
_fences = re.compile(r"`+")
_entity = re.compile(r"&#?\w+;")


def text(export: Export) -> Iterator[str]:
    """Room by room, day by day."""
    yield f"Exported {export.exported}. All times are UTC.\n"
    for history in export.histories:
        yield from _room(history)


def _room(history: RoomHistory) -> Iterator[str]:
    yield f"\n# {_escape(history.name)}\n"
    today: date | None = None
    for entry in readable(history):
        moment = parse_timestamp(entry.timestamp)
        if moment is not None and moment.date() != today:
            today = moment.date()
            yield f"\n## {today.day} {today:%B} {today.year}\n"
        yield _notice(entry) if isinstance(entry, Notice) else _message(entry)


def _notice(notice: Notice) -> str:
    return f"\n**{_escape(notice.username)}** {_time(notice.timestamp)} {_escape(notice.sentence)}\n"


def _message(message: StoredMessage) -> str:
    edited = "" if message.edited is None else ", edited"
    head = f"(no. {message.id}{_reply(message)}{edited})"
    body = "".join(f"> {line}\n" if line else ">\n" for line in _body(message.message))
    reacted = f"\n{_escape(reactions(message))}\n" if message.reactions else ""
    return f"\n**{_escape(message.username)}** {_time(message.timestamp)} {head}\n\n{body}{reacted}"


def _reply(message: StoredMessage) -> str:
    if message.reply_to is None:
        return ""
    name = message.reply.username if message.reply else None
    return f", in reply to {_escape(name)}, no. {message.reply_to}" if name else f", in reply to {message.reply_to}"


def _time(timestamp: str) -> str:
    moment = parse_timestamp(timestamp)
    return _escape(timestamp) if moment is None else f"{moment:%H:%M}"


def _body(message: str) -> list[str]:
    lines = message.split("\n")
    if _spaces_matter.search(message):
        fence = "`" * max([3, *(len(found) + 1 for found in _fences.findall(message))])
        return [fence, *lines, fence]
    breaks = [
        "\\" if line.strip() and after.strip() else "" for line, after in zip(lines, [*lines[1:], ""], strict=True)
    ]
    return [_escape(line) + end for line, end in zip(lines, breaks, strict=True)]  # a backslash breaks the line


def _escape(line: str) -> str:
    parts = []
    end = 0
    for address in addresses(line):
        before = _escape_text(line[end : address.start])
        link = _link(line[address.start : address.end], address.url)
        if before.endswith("!") and link.startswith("["):  # an image, which the reader's program would fetch
            before = before[:-1] + r"\!"
        parts += [before, link]
        end = address.end
    parts.append(_escape_text(line[end:]))
    return _block_start.sub(r"\1\\\2", "".join(parts))


def _link(shown: str, url: str) -> str:
    """Some renderers read `&amp;` between angle brackets as &, and show the backslashes of `www.a\\_b`."""
    if url.startswith("mailto:"):
        return _escape_text(shown)
    if shown == url and not _entity.search(url):
        return f"<{url}>"
    destination = url.replace("\\", "\\\\").replace("&", "&amp;")
    return f"[{_escape_text(shown)}](<{destination}>)"


def _escape_text(text: str) -> str:
    return _special.sub(r"\\\1", text)
