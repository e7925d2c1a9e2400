"""Telegram's rich messages (2026) as chatsite's Markdown: articles of blocks, whose styles are nested.

A message has them in place of its text. Pictures and files are in their place no more: they are files of the message.
"""

from collections.abc import Callable, Iterator
from typing import Any

from chat.history.importers.fields import Record, mapping, mappings, number, string
from chat.history.importers.text.markdown import Run, bullet, code, code_block, inline, link, literal, numbered, quote
from chat.history.importers.text.marks import joined
from chat.history.importers.text.tables import table

MAX_DEPTH = 12  # of blocks, and of styles, in each other; deeper ones are left out

_styles: dict[str, Callable[[Run], Run]] = {
    "bold": lambda run: run._replace(bold=True),
    "italic": lambda run: run._replace(italic=True),
    "strikethrough": lambda run: run._replace(strike=True),
    "code": lambda run: run._replace(code=True),
}
_inside = ("blocks", "items")  # where blocks hold others
_tasks = {"checked": "[x] ", "unchecked": "[ ] "}


def rich_markdown(message: Record) -> str:
    """The Markdown of a `rich_message`."""
    return _blocks(mappings(message, "blocks"), 0)


def files_of(message: Record) -> Iterator[Record]:
    """The blocks of a `rich_message` that are a picture or a file, with the fields of a message that is one."""
    yield from _files(mappings(message, "blocks"), 0)


def _files(blocks: list[Record], depth: int) -> Iterator[Record]:
    for block in blocks if depth < MAX_DEPTH else ():
        if string(block, "type") in ("photo", "video", "audio", "file"):
            yield block
        inner = [each for key in _inside for each in mappings(block, key)]
        yield from _files([*inner, mapping(block, "block")], depth + 1)


def _blocks(blocks: list[Record], depth: int) -> str:
    """One below the other; an empty line keeps two of one kind apart."""
    text, last = "", ""
    for block in blocks if depth < MAX_DEPTH else ():
        kind = string(block, "type")
        found = _READERS.get(kind, _other)(block, depth)
        if found.strip():
            text += ("\n\n" if kind == last else "\n" if text else "") + found
            last = kind
    return text


def _text(value: Any) -> str:
    return inline(joined(_runs(value, Run(""), 0))).strip("\n")


def _bold(value: Any) -> str:
    return inline(run._replace(bold=not run.code) for run in joined(_runs(value, Run(""), 0))).strip("\n")


def _words(value: Any) -> str:
    return "".join(run.text for run in _runs(value, Run(""), 0))


def _runs(value: Any, style: Run, depth: int) -> Iterator[Run]:
    """A text: a string, a piece with a text in it, or several pieces."""
    if isinstance(value, str):
        yield style._replace(text=value)
    elif isinstance(value, list):
        for each in value if depth < MAX_DEPTH else ():
            yield from _runs(each, style, depth + 1)
    elif isinstance(value, dict) and depth < MAX_DEPTH:
        kind = string(value, "type")
        if kind == "math":
            yield style._replace(text=string(value, "source"), code=True)
        elif "button" in value:
            yield _button(value)
        else:
            yield from _runs(value.get("text"), _styled(style, kind, value), depth + 1)


def _styled(style: Run, kind: str, piece: Record) -> Run:
    if kind in _styles:
        return _styles[kind](style)
    if kind in ("text_link", "link"):
        url = string(piece, "href") or _words(piece.get("text"))
        return style._replace(link=url if "://" in url or url.startswith("mailto:") else f"https://{url}")
    return style


def _button(piece: Record) -> Run:
    label, url = _words(piece.get("text")), string(mapping(piece, "button"), "url")
    return Run(label or url, link=url) if url.startswith(("http://", "https://")) else Run(f"[{label}]")


def _list(block: Record, depth: int) -> str:
    items, at = [], number(block, "start") or 1
    for item in mappings(block, "items"):
        text = _blocks(mappings(item, "blocks"), depth + 1) or _text(item.get("text"))
        text = _tasks.get(string(item, "task_state"), "") + text
        at = number(item, "value") or at
        items.append(numbered(text, at) if string(block, "kind") == "ordered" and at > 0 else bullet(text))
        at += 1
    return "\n".join(items)


def _quote(block: Record, depth: int) -> str:
    inner = _blocks(mappings(block, "blocks"), depth + 1) or _text(block.get("text"))
    author = _bold(block.get("author"))
    text = "\n".join(filter(None, (author, inner, _caption(block, depth))))
    return quote(text) if text else ""


def _table(block: Record, depth: int) -> str:
    rows = [[_text(cell.get("text")) for cell in mappings(row, "cells")] for row in mappings(block, "rows")]
    return "\n".join(filter(None, (_bold(block.get("title")), table(rows))))


def _details(block: Record, depth: int) -> str:
    return "\n".join(filter(None, (_bold(block.get("title")), _blocks(mappings(block, "blocks"), depth + 1))))


def _articles(block: Record, depth: int) -> str:
    found = [(string(each, "title", "url"), string(each, "url")) for each in mappings(block, "articles")]
    items = [bullet(link(title, url)) for title, url in found if title]
    return "\n".join(filter(None, (_bold(block.get("title")), *items)))


def _several(block: Record, depth: int) -> str:
    """Pictures beside each other, or one in front of an article."""
    inner = [*mappings(block, "items"), mapping(block, "block")]
    return "\n".join(filter(None, (_blocks(inner, depth + 1), _caption(block, depth))))


def _caption(block: Record, depth: int) -> str:
    caption = mapping(block, "caption")
    texts = (caption.get("text"), caption.get("credit")) if "credit" in caption else (caption,)
    return "\n".join(filter(None, map(_text, texts)))


def _embedded(block: Record, depth: int) -> str:
    url = string(block, "url")
    return "\n".join(filter(None, (link(url, url) if url else "[embedded page]", _caption(block, depth))))


def _channel(block: Record, depth: int) -> str:
    channel = mapping(block, "channel")
    name = string(channel, "username")
    title = string(channel, "title") or name
    return link(title, f"https://t.me/{name}") if name else literal(title)


def _map(block: Record, depth: int) -> str:
    place = mapping(block, "geo")
    latitude, longitude = place.get("latitude"), place.get("longitude")
    url = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
    position = "[location]" if latitude is None else link(f"Location: {latitude}, {longitude}", url)
    return "\n".join(filter(None, (position, _caption(block, depth))))


def _row(block: Record, depth: int) -> str:
    return " ".join(inline([_button(each)]) for each in mappings(block, "buttons"))


def _other(block: Record, depth: int) -> str:
    """A kind that is not known: its words."""
    if block.get("unsupported") is True:
        return "[a part that Telegram has not exported]"
    return _text(block.get("text")) or _blocks(mappings(block, "blocks"), depth + 1)


_READERS: dict[str, Callable[[Record, int], str]] = {
    "heading": lambda block, depth: _bold(block.get("text")),
    "author_date": lambda block, depth: _text(block.get("author")),
    "code": lambda block, depth: code_block(_words(block.get("text")).strip("\n"), string(block, "language")),
    "math": lambda block, depth: code(string(block, "formula")) if string(block, "formula").strip() else "",
    "divider": lambda block, depth: "---",
    "list": _list,
    "quote": _quote,
    "embed_post": _quote,
    "table": _table,
    "details": _details,
    "related_articles": _articles,
    "embed": _embedded,
    "channel": _channel,
    "map": _map,
    "input_map": _map,
    "button_row": _row,
    **dict.fromkeys(("cover", "collage", "slideshow"), _several),
    **dict.fromkeys(("photo", "video", "audio", "file"), _caption),
}
