"""Slack's blocks as chatsite's Markdown: what apps put together, and what people type (slack_rich_text.py).

Slack adds kinds of blocks. Of one that is not known the words are taken.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from chat.history.importers.fields import Record, mappings, string
from chat.history.importers.text.commonmark import Dialect, add_reference, commonmark, parser
from chat.history.importers.text.markdown import Run, inline, literal
from chat.history.importers.text.shortcodes import with_emoji
from chat.history.importers.text.slack import Directory, link_run, markdown, reference_run
from chat.history.importers.text.slack_data_blocks import chart, data_table, plan, task
from chat.history.importers.text.slack_rich_text import MAX_DEPTH, rich_text

_reference = re.compile(r"<([@#!][^<>\s|]+(?:\|[^<>\n]*)?)>")


def blocks_markdown(blocks: list[Record], directory: Directory) -> str:
    """chatsite's Markdown of the blocks of a message or of an attachment."""
    found = ""
    for text in filter(str.strip, (_block(block, directory, 0) for block in blocks)):
        is_table = found.rpartition("\n")[2].startswith("|") and text.startswith("|")
        found += ("\n\n" if is_table else "\n" if found else "") + text
    return found


def _block(block: Record, directory: Directory, depth: int) -> str:
    read = _BLOCKS.get(string(block, "type"), _other_block)
    return read(block, directory) if depth < MAX_DEPTH else ""


def _section(block: Record, directory: Directory) -> str:
    parts = [_text_object(block.get("text"), directory)]
    parts += [_text_object(field, directory) for field in mappings(block, "fields")]
    parts.append(_accessory(block.get("accessory"), directory))
    return "\n".join(part for part in parts if part)


def _accessory(element: Any, directory: Directory) -> str:
    """An image or a button. Menus and fields to fill in are no words of anybody."""
    read = {"image": _image, "button": _button}.get(string(element, "type"))
    return read(element, directory) if read else ""


def _text_object(value: Any, directory: Directory) -> str:
    """`{"type": "mrkdwn", "text": "*so*"}`; of plain text only the emoji are more than text."""
    text = value if isinstance(value, str) else string(value, "text")
    if isinstance(value, dict) and value.get("type") == "mrkdwn":
        return markdown(text, directory)
    return literal(with_emoji(text))


def _header(block: Record, directory: Directory) -> str:
    text = block.get("text")
    return inline([Run(with_emoji(text if isinstance(text, str) else string(text, "text")), bold=True)])


def _context(block: Record, directory: Directory) -> str:
    parts = (_context_part(element, directory) for element in mappings(block, "elements"))
    return " ".join(part for part in parts if part)


def _context_part(element: Record, directory: Directory) -> str:
    if string(element, "type") == "image":
        return literal(string(element, "alt_text"))
    return _text_object(element, directory)


def _image(block: Record, directory: Directory) -> str:
    title = block.get("title")
    label = string(title, "text") or string(block, "alt_text", "title") or "image"
    url = string(block, "image_url") or string(block.get("slack_file"), "url")
    return inline([link_run(url, label)]) if url else literal(f"[{label}]")


def _video(block: Record, directory: Directory) -> str:
    title = string(block.get("title"), "text") or string(block, "alt_text")
    parts = [inline([link_run(string(block, "title_url", "video_url"), title)])]
    parts.append(_text_object(block.get("description") or "", directory))
    return "\n".join(part for part in parts if part)


def _button(element: Record, directory: Directory) -> str:
    label = with_emoji(string(element.get("text"), "text"))
    url = string(element, "url")
    if not label:
        return ""
    return inline([link_run(url, label)]) if url else literal(f"[{label}]")


def _actions(block: Record, directory: Directory) -> str:
    return " ".join(filter(None, (_accessory(element, directory) for element in mappings(block, "elements"))))


def _markdown(block: Record, directory: Directory) -> str:
    """Standard Markdown, from apps of these years."""
    return commonmark(string(block, "text"), _markdown_of_apps(directory))


@lru_cache(maxsize=1)
def _markdown_of_apps(directory: Directory) -> Dialect:
    """CommonMark with Slack's own references to people and channels."""
    made = parser()
    add_reference(made, "slack", _reference, lambda found: reference_run(found[1], directory))
    return Dialect(made, lambda info, code, depth: None)


def _nothing(block: Record, directory: Directory) -> str:
    return ""


def _other_block(block: Record, directory: Directory) -> str:
    """A kind that is not known: its words, wherever they stand."""
    return "\n".join(_all_texts(block, directory, 0))


def _all_texts(value: Any, directory: Directory, depth: int) -> Iterator[str]:
    if depth >= MAX_DEPTH:
        return
    if isinstance(value, list):
        for each in value:
            yield from _all_texts(each, directory, depth + 1)
    if not isinstance(value, dict):
        return
    kind = string(value, "type")
    if kind in _BLOCKS and depth:
        yield _block(value, directory, depth + 1)
        return
    if kind in ("mrkdwn", "plain_text"):
        yield _text_object(value, directory)
        return
    for name, each in value.items():
        if isinstance(each, str):
            if name in _WORDS and each.strip():
                yield literal(each)
        else:
            yield from _all_texts(each, directory, depth + 1)


_WORDS = ("text", "title", "name", "description", "fallback", "alt_text", "label", "plain_text", "topic", "join_url")
_BLOCKS: dict[str, Callable[[Record, Directory], str]] = {
    "rich_text": rich_text,
    "section": _section,
    "header": _header,
    "context": _context,
    "image": _image,
    "video": _video,
    "button": _button,
    "actions": _actions,
    "markdown": _markdown,
    "table": data_table,
    "data_table": data_table,
    "data_visualization": chart,
    "plan": plan,
    "task_card": task,
    "divider": _nothing,
    "context_actions": _nothing,  # thumbs up and down, without words
}
