"""Lists: their items, and the lines that begin like an item and are none."""

import re
from textwrap import dedent
from typing import NamedTuple

_marker = re.compile(
    r"(?P<indent>[ \t]*)(?:(?P<bullet>[-*])|(?P<number>0|[1-9]\d{0,2})\."
    r"(?![ \t]+\d{1,2}\.(?:\s|\d{4}|$)))[ \t]++"  # a date: 29. 11. 2026
    r"(?![-*\s]*$)"  # a drawn line - - -
)
_inner_block = re.compile(r"[ \t]*(?:[-*]|\d{1,3}\.)[ \t]|[ \t]*(?:>|```|~~~)")
_task = re.compile(r"\[(?P<done>[ xX])\][ \t]+(?=\S)")
_added_line = re.compile(r"[ \t]*(?:\+(?!\d)|@@)")


class Item(NamedTuple):
    """One item: its lines without the marker, and whether it is a task that is done (None: no task)."""

    lines: list[str]
    is_done: bool | None


class List(NamedTuple):
    """A list: its first number ("" for bullets), its items, and the line after it."""

    start: str
    items: list[Item]
    end: int


def begins_item(line: str) -> bool:
    """Whether the line looks like an item."""
    return _marker.match(line) is not None


def read_list(lines: list[str], at: int, *, nested: bool) -> List | None:
    """The list that begins with this line: items of equal indent, each with the deeper lines below it.

    A number out of sequence ends the list. A lone `* note` is no list, and neither is a lone `29. November`, which
    reads the same as text.
    """
    marker = first = _marker.match(lines[at])
    if first is None:
        return None
    items: list[Item] = []
    while marker and _continues(marker, first, len(items)):
        end = _end_of_item(lines, at + 1, len(first["indent"]))
        below = _dedented(lines[at + 1 : end])
        items.append(_item(lines[at][marker.end() :], below))
        at = next((i for i in range(end, len(lines)) if lines[i].strip()), end)
        marker = _marker.match(lines[at]) if at < len(lines) else None
    if len(items) == 1 and first["bullet"] != "-" and not nested and _is_text(items[0]):
        return None
    return List(first["number"] or "", items, end)


def _continues(marker: re.Match[str], first: re.Match[str], count: int) -> bool:
    number = str(int(first["number"]) + count) if first["number"] else None
    return marker["indent"] == first["indent"] and marker["number"] == number


def _is_text(item: Item) -> bool:
    return item.is_done is None and not any(_inner_block.match(line) for line in item.lines)


def _item(line: str, below: list[str]) -> Item:
    task = _task.match(line)
    return Item([line[task.end() :] if task else line, *below], task["done"] != " " if task else None)


def _dedented(lines: list[str]) -> list[str]:
    if len(lines) < 2:
        return [line.lstrip(" \t") for line in lines]
    return dedent("\n".join(lines)).split("\n")


def _end_of_item(lines: list[str], at: int, indent: int) -> int:
    end = at
    for i in range(at, len(lines)):
        text = lines[i].lstrip()
        if text and len(lines[i]) - len(text) <= indent:
            break
        end = i + 1 if text else end
    return end


def diff_lines(lines: list[str]) -> frozenset[int]:
    """The lines of diffs: between two empty lines stand lines that begin with + or @@, so a - is no bullet either."""
    if not any(_added_line.match(line) for line in lines):
        return frozenset()
    found: set[int] = set()
    group: list[int] = []
    for at, line in enumerate([*lines, ""]):
        if line.strip():
            group.append(at)
            continue
        if any(_added_line.match(lines[i]) for i in group):
            found.update(group)
        group = []
    return frozenset(found)
