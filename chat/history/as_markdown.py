"""Markdown that is readable as it is, and shows exactly the typed text when it is rendered.

A message is a quotation. Every character with a meaning in Markdown or HTML is escaped; a message whose spaces would be
lost (indents and runs, in code above all) is put in a fence that is longer than any fence inside it. URLs stay links.
"""

import re
from collections.abc import Iterator
from datetime import date

from chat.history.formats import Export, RoomHistory
from chat.history.reading import StoredMessage
from chat.storage.timestamps import parse_timestamp

_url = re.compile(r"(https?://[^\s<>]*[^\s<>.,;:!?'\"()\[\]*_~`])")
_entity = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);")
# The dot of www. and the colon of :// too: GitHub makes links of these, in which a backslash is shown.
_special = re.compile(r"([\\`*_\[\]<>&~|$]|(?i:(?<=www))\.|:(?=//))")
_block_start = re.compile(r"^(\d{0,9})([#+=.)-])")
_spaces_matter = re.compile(r"^[ ]|[ ]{2}(?=\S)|\t|^(?:```|~~~)", re.M)
_fences = re.compile(r"`+")


def text(export: Export) -> Iterator[str]:
    """Room by room, day by day."""
    yield f"Exported {export.exported}. All times are UTC.\n"
    for history in export.histories:
        yield from _room(history)


def _room(history: RoomHistory) -> Iterator[str]:
    yield f"\n# {_escape(history.name)}\n"
    today: date | None = None
    for message in history.messages:
        moment = parse_timestamp(message.timestamp)
        if moment is not None and moment.date() != today:
            today = moment.date()
            yield f"\n## {today.day} {today:%B} {today.year}\n"
        yield _message(message)


def _message(message: StoredMessage) -> str:
    moment = parse_timestamp(message.timestamp)
    time = _escape(message.timestamp) if moment is None else f"{moment:%H:%M}"
    reply = "" if message.reply_to is None else f", in reply to {message.reply_to}"
    body = "".join(f"> {line}\n" if line else ">\n" for line in _body(message.message))
    return f"\n**{_escape(message.username)}** {time} (no. {message.id}{reply})\n\n{body}"


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
    parts = _url.split(line)
    parts[::2] = [_special.sub(r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [_link(url) for url in parts[1::2]]
    return _block_start.sub(r"\1\\\2", "".join(parts))


def _link(url: str) -> str:
    """A link; text if it holds something like `&amp;`, which some renderers decode in a link and others do not."""
    return _special.sub(r"\\\1", url) if _entity.search(url) else f"<{url}>"
