"""CSV for spreadsheets: RFC 4180, a header row, one row per message or notice. For people; it cannot be imported.

The attack: a spreadsheet takes a cell that starts with = + - @ for a formula, and a formula can send the content of the
sheet away or start programs on the machine that opens the file. So a text that starts with one of these (or their
full-width forms, or a tab or line break that could hide one) gets an apostrophe in front, which spreadsheets show.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

from chat.history.formats import Export, reactions, readable
from chat.history.reading import Entry, Notice

COLUMNS = (
    "room",
    "id",
    "timestamp",
    "author",
    "username",
    "message",
    "reply_to",
    "client_id",
    "type",
    "edited",
    "reactions",
)
FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def table(export: Export) -> Iterator[str]:
    """The header, then every message and notice of every room."""
    yield _row(COLUMNS)
    for history in export.histories:
        for entry in readable(history):
            row = {"room": history.room, **_fields(entry)}
            yield _row(tuple(row.get(column) for column in COLUMNS))


def _fields(entry: Entry) -> dict[str, Any]:
    """A notice has its new text, of the topic or of the name, where a message has its own."""
    if isinstance(entry, Notice):
        return {**entry._asdict(), "message": entry.text}
    return {**entry._asdict(), "type": "message", "reactions": reactions(entry) or None}


def _row(cells: tuple[str | int | None, ...]) -> str:
    row = io.StringIO(newline="")
    csv.writer(row, lineterminator="\r\n").writerow([_without_formula(cell) for cell in cells])
    return row.getvalue()


def _without_formula(cell: str | int | None) -> str | int | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_START) else cell
