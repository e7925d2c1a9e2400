"""CSV for spreadsheets: RFC 4180, a header row, one row per message. Made to be looked at, not to be imported.

The attack: a spreadsheet takes a cell that begins with = + - @ for a formula, and a formula can send the sheet's
content away or start programs, on the machine of whoever opens the file. So a text that begins with one of these (or
their full-width forms, or a tab or line break that could hide one) gets an apostrophe in front, which spreadsheets
show as plain text.
"""

import csv
import io
from collections.abc import Iterator

from chat.history.formats import Export

COLUMNS = ("room", "id", "timestamp", "author", "username", "message", "reply_to", "client_id")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def table(export: Export) -> Iterator[str]:
    """The header, then every message of every room."""
    yield _row(COLUMNS)
    for history in export.histories:
        for said in history.messages:
            row = {"room": history.room, **said._asdict()}
            yield _row(tuple(row[column] for column in COLUMNS))


def _row(cells: tuple[str | int | None, ...]) -> str:
    row = io.StringIO(newline="")
    csv.writer(row, lineterminator="\r\n").writerow([_harmless(cell) for cell in cells])
    return row.getvalue()


def _harmless(cell: str | int | None) -> str | int | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
