"""Markdown that reads well as it is, and shows exactly what was typed when it is rendered.

A message is a quotation. Whatever Markdown or HTML would take for itself is escaped; a message whose spaces matter
(code, above all) stands in a fence, longer than any fence inside it. Addresses stay addresses.
"""

import re
from collections.abc import Iterator
from datetime import date

from chat.history.formats import Export, History
from chat.history.reading import Said
from chat.storage.timestamps import parse_timestamp

_address = re.compile(r"(https?://[^\s<>]*[^\s<>.,;:!?'\"()\[\]*_~`])")
_special = re.compile(r"([\\`*_\[\]<>&~|$])")
_opens_a_block = re.compile(r"^(\d{0,9})([#+=.)-])")
_spaces_matter = re.compile(r"^[ ]|\t|^(?:```|~~~)", re.M)
_fences = re.compile(r"`+")


def text(export: Export) -> Iterator[str]:
    """Room by room, day by day."""
    yield f"Exported {export.exported}. All times are UTC.\n"
    for history in export.histories:
        yield from _room(history)


def _room(history: History) -> Iterator[str]:
    yield f"\n# {_escape(history.name)}\n"
    today: date | None = None
    for said in history.messages:
        moment = parse_timestamp(said.timestamp)
        if moment is not None and moment.date() != today:
            today = moment.date()
            yield f"\n## {today.day} {today:%B} {today.year}\n"
        yield _message(said)


def _message(said: Said) -> str:
    moment = parse_timestamp(said.timestamp)
    time = _escape(said.timestamp) if moment is None else f"{moment:%H:%M}"
    reply = "" if said.reply_to is None else f", in reply to {said.reply_to}"
    body = "".join(f"> {line}".rstrip(" ") + "\n" for line in _body(said.message))
    return f"\n**{_escape(said.username)}** {time} (no. {said.id}{reply})\n\n{body}"


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
    parts = _address.split(line)
    parts[::2] = [_special.sub(r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [f"<{address}>" for address in parts[1::2]]
    return _opens_a_block.sub(r"\1\\\2", "".join(parts))
