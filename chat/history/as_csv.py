"""CSV for spreadsheets: RFC 4180, a header row, one row per message. For people; it cannot be imported.

The attack: a spreadsheet takes a cell that starts with = + - @ for a formula, and a formula can send the content of the
sheet away or start programs on the machine that opens the file. So a text that starts with one of these (or their
full-width forms, or a tab or line break that could hide one) gets an apostrophe in front, which spreadsheets show.
"""

import csv
import io
from collections.abc import Iterator

from chat.history.formats import Export

COLUMNS = ("room", "id", "timestamp", "author", "username", "message", "reply_to", "client_id")
FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def table(export: Export) -> Iterator[str]:
    """The header, then every message of every room."""
    yield _row(COLUMNS)
    for history in export.histories:
        for message in history.messages:
            row = {"room": history.room, **message._asdict()}
            yield _row(tuple(row[column] for column in COLUMNS))


def _row(cells: tuple[str | int | None, ...]) -> str:
    row = io.StringIO(newline="")
    csv.writer(row, lineterminator="\r\n").writerow([_without_formula(cell) for cell in cells])
    return row.getvalue()


def _without_formula(cell: str | int | None) -> str | int | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_START) else cell
