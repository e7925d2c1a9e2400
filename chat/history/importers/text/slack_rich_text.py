"""What people type in Slack since 2019, as chatsite's Markdown: blocks of sections, lists, quotes and code.

Slack adds kinds of elements. Of one that is not known the words are taken.
"""

from collections.abc import Callable, Iterator
from typing import Any

from chat.history.importers.fields import Record, mappings, string
from chat.history.importers.text.markdown import Run, bullet, code_block, inline, literal, numbered, quote
from chat.history.importers.text.marks import joined
from chat.history.importers.text.mentions import mention
from chat.history.importers.text.shortcodes import emoji_of, emoji_of_code, with_tone
from chat.history.importers.text.slack import Directory, channel_reference, link_run, user_mention

MAX_RUNS = 1000  # of different style in a section: more are shown as text
MAX_DEPTH = 20  # of elements in each other; Slack's own have five


def rich_text(block: Record, directory: Directory) -> str:
    """chatsite's Markdown of a block."""
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
    runs = _runs(element, directory)
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
        text = rich_text({"elements": [item]}, directory)
        items.append(numbered(text, number, depth) if is_ordered else bullet(text, depth))
    numbers[depth] = number if is_ordered else 0
    text = "\n".join(items)
    return quote(text) if element.get("border") == 1 else text


_RICH: dict[str, Callable[[Record, Directory], str]] = {
    "rich_text_section": _rich_section,
    "rich_text_quote": _rich_quote,
    "rich_text_preformatted": _rich_code,
}


def _runs(element: Record, directory: Directory) -> list[Run]:
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


def _canvas(element: Record, directory: Directory) -> Run:
    """The file of the message, which has a line of its own."""
    return Run("")


_ELEMENTS: dict[str, Callable[[Record, Directory], Run]] = {
    "text": _text,
    "link": _link,
    "user": _user,
    "channel": _channel,
    "usergroup": _usergroup,
    "broadcast": _broadcast,
    "emoji": _emoji,
    "date": _date,
    "canvas": _canvas,
}


def _words(element: Record, directory: Directory) -> str:
    return "".join(run.text for each in mappings(element, "elements") for run in _element(each, directory, 0))


def _number(record: Record, name: str) -> int:
    value = record.get(name)
    return value if isinstance(value, int) and 0 <= value < 1000 else 0
