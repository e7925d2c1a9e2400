"""What apps put together in Rocket.Chat (UIKit): texts, pictures and buttons, shown in place of the message."""

from collections.abc import Iterator
from typing import Any

from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.text.markdown import Run, inline, link, literal
from chat.history.importers.text.rocketchat import markdown
from chat.history.importers.text.shortcodes import with_emoji

MAX_DEPTH = 8  # of blocks in each other; Rocket.Chat's own have two


def blocks_text(record: Record) -> str:
    """chatsite's Markdown of the blocks of a message."""
    return "\n".join(text for text in _texts(mappings(record, "blocks"), 0) if text.strip())


def _texts(blocks: list[Record], depth: int) -> Iterator[str]:
    for block in blocks if depth < MAX_DEPTH else ():
        kind = string(block, "type")
        if kind in ("context", "actions"):
            yield " ".join(filter(None, (_element(each) for each in mappings(block, "elements"))))
            continue
        for key in ("title", "label", "text", "description"):
            yield _text(block.get(key), bold=key == "title")
        for field in mappings(block, "fields"):
            yield _text(field)
        if kind == "image":
            yield _element(block)
        yield _element(mapping(block, "accessory"))
        for key in ("render", "rows", "blocks"):  # of blocks in a condition, a card
            yield from _texts(mappings(block, key), depth + 1)


def _text(value: Any, *, bold: bool = False) -> str:
    """`{"type": "mrkdwn", "text": "*so*"}`, or plain text, which may have names of emoji; a title of either is bold."""
    text = string(value, "text")
    if bold:
        return inline([Run(with_emoji(text), bold=True)]) if text else ""
    return markdown(text) if string(value, "type") == "mrkdwn" else literal(with_emoji(text))


def _element(element: Record) -> str:
    """A picture or a button; of menus and fields to fill in nothing is anybody's word."""
    url = string(element, "imageUrl", "url")
    match string(element, "type"):
        case "mrkdwn" | "plain_text":
            return _text(element)
        case "image":
            label = string(element, "altText") or "image"
            return link(label, url) if url else literal(f"[{label}]")
        case "button":
            label = with_emoji(string(mapping(element, "text"), "text"))
            return link(label or url, url) if url else literal(f"[{label}]") if label else ""
    return ""
