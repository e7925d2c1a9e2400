"""Slack's blocks as chatsite's Markdown: what people typed since 2019 (`rich_text`), and what apps put together.

Slack adds kinds of blocks and elements. Of one that is not known the words are taken.
"""

from collections.abc import Callable, Iterator
from typing import Any

from chat.history.importers.fields import Record, mappings, string
from chat.history.importers.text.markdown import Run, bullet, code_block, inline, literal, numbered, quote
from chat.history.importers.text.marks import joined
from chat.history.importers.text.mentions import mention
from chat.history.importers.text.shortcodes import emoji_of, emoji_of_code, with_emoji, with_tone
from chat.history.importers.text.slack import Directory, channel_reference, link_run, markdown, user_mention

MAX_RUNS = 1000  # of different style in a section: more are shown as text
MAX_DEPTH = 20  # of elements in each other; Slack's own have five


def blocks_markdown(blocks: list[Record], directory: Directory) -> str:
    """chatsite's Markdown of the blocks of a message or of an attachment."""
    texts = (_block(block, directory, 0) for block in blocks)
    return "\n".join(text for text in texts if text.strip())


def _block(block: Record, directory: Directory, depth: int) -> str:
    read = _BLOCKS.get(string(block, "type"), _other_block)
    return read(block, directory) if depth < MAX_DEPTH else ""


def _number(record: Record, name: str) -> int:
    value = record.get(name)
    return value if isinstance(value, int) and 0 <= value < 1000 else 0


# rich_text: what people type.


def _rich_text(block: Record, directory: Directory) -> str:
    found: list[str] = []
    numbers: dict[int, int] = {}  # the last number of the lists that are open, by their indent
    for element in mappings(block, "elements"):
        if string(element, "type") == "rich_text_list":
            text = _rich_list(element, directory, numbers)
        else:
            numbers.clear()
            text = _RICH.get(string(element, "type"), _rich_section)(element, directory)
        if text:
            found.append(text)
    return "\n".join(found)


def _rich_section(element: Record, directory: Directory) -> str:
    runs = element_runs(element, directory)
    text = inline(runs) if len(runs) <= MAX_RUNS else literal("".join(run.text for run in runs))
    return text.removesuffix("\n")


def _rich_quote(element: Record, directory: Directory) -> str:
    return quote(_rich_section(element, directory))


def _rich_code(element: Record, directory: Directory) -> str:
    block = code_block(_words(element, directory), string(element, "language"))
    return quote(block) if element.get("border") == 1 else block


def _rich_list(element: Record, directory: Directory, numbers: dict[int, int]) -> str:
    """Its items. A list that another one of a deeper indent interrupts goes on; `offset` counts those before."""
    depth = min(_number(element, "indent"), 8)
    for deeper in [indent for indent in numbers if indent > depth]:
        del numbers[deeper]
    is_ordered = string(element, "style") == "ordered"
    number = _number(element, "offset") or (numbers.get(depth, 0) if is_ordered else 0)
    items = []
    for item in mappings(element, "elements"):
        number += 1
        text = _rich_text({"elements": [item]}, directory)
        items.append(numbered(text, number, depth) if is_ordered else bullet(text, depth))
    numbers[depth] = number if is_ordered else 0
    text = "\n".join(items)
    return quote(text) if element.get("border") == 1 else text


_RICH: dict[str, Callable[[Record, Directory], str]] = {
    "rich_text_section": _rich_section,
    "rich_text_quote": _rich_quote,
    "rich_text_preformatted": _rich_code,
}


def element_runs(element: Record, directory: Directory) -> list[Run]:
    """The pieces of a section, neighbours of one style joined."""
    return joined(run for each in mappings(element, "elements") for run in _element(each, directory, 0))


def _element(element: Record, directory: Directory, depth: int) -> Iterator[Run]:
    read = _ELEMENTS.get(string(element, "type"))
    inner = [] if read else mappings(element, "elements")
    if inner and depth < MAX_DEPTH:
        for each in inner:
            yield from _element(each, directory, depth + 1)
        return
    words = ("text", "fallback", "value", "title", "name", "label", "url")
    yield _styled(read(element, directory) if read else Run(string(element, *words)), element.get("style"))


def _styled(run: Run, style: Any) -> Run:
    """In its styles. Code has no mentions."""
    if not isinstance(style, dict):
        return run
    bold, italic, strike, code = (style.get(name) is True for name in ("bold", "italic", "strike", "code"))
    return run._replace(bold=bold, italic=italic, strike=strike, code=code, raw=run.raw and not code)


def _text(element: Record, directory: Directory) -> Run:
    text = element.get("text")
    return Run(text if isinstance(text, str) else "")


def _link(element: Record, directory: Directory) -> Run:
    return link_run(string(element, "url"), string(element, "text"))


def _user(element: Record, directory: Directory) -> Run:
    return Run(user_mention(string(element, "user_id"), directory), raw=True)


def _channel(element: Record, directory: Directory) -> Run:
    return Run(channel_reference(string(element, "channel_id"), directory))


def _usergroup(element: Record, directory: Directory) -> Run:
    group_id = string(element, "usergroup_id")
    return Run(mention(directory.channel_name(group_id) or group_id or "group"), raw=True)


def _broadcast(element: Record, directory: Directory) -> Run:
    return Run("@" + (string(element, "range") or "channel"), raw=True)


def _emoji(element: Record, directory: Directory) -> Run:
    name = string(element, "name")
    emoji = emoji_of_code(string(element, "unicode")) or emoji_of(name)
    return Run(with_tone(emoji, _number(element, "skin_tone")) or f":{name}:")


def _date(element: Record, directory: Directory) -> Run:
    text = string(element, "fallback", "format") or str(element.get("timestamp", ""))
    return link_run(string(element, "url"), text) if string(element, "url") else Run(text)


_ELEMENTS: dict[str, Callable[[Record, Directory], Run]] = {
    "text": _text,
    "link": _link,
    "user": _user,
    "channel": _channel,
    "usergroup": _usergroup,
    "broadcast": _broadcast,
    "emoji": _emoji,
    "date": _date,
}


def _words(element: Record, directory: Directory) -> str:
    return "".join(run.text for each in mappings(element, "elements") for run in _element(each, directory, 0))


# Blocks of apps.


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
    """Standard Markdown, from apps of these years: chatsite reads most of it as it is."""
    return string(block, "text")


def _table(block: Record, directory: Directory) -> str:
    """A table with its first row as the head."""
    value = block.get("rows")
    rows = [
        [_cell(cell, directory) for cell in row if isinstance(cell, dict)]
        for row in (value if isinstance(value, list) else ())
        if isinstance(row, list)
    ]
    if not rows:
        return ""
    lines = [f"|{'|'.join(row)}|" for row in rows]
    return "\n".join([lines[0], "|" + "-|" * len(rows[0]), *lines[1:]])


def _cell(cell: Record, directory: Directory) -> str:
    text = (
        _rich_text(cell, directory) if string(cell, "type") == "rich_text" else literal(string(cell, "text", "value"))
    )
    return " ".join(text.split()).replace("|", "\\|")


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
    "rich_text": _rich_text,
    "section": _section,
    "header": _header,
    "context": _context,
    "image": _image,
    "video": _video,
    "button": _button,
    "actions": _actions,
    "markdown": _markdown,
    "table": _table,
    "divider": _nothing,
}
