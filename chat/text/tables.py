"""Tables: a line of cells, a line of dashes below it, and the lines of cells that follow. All begin with |."""

import re
from typing import NamedTuple

_row = re.compile(r"[ \t]*\|.*\|[ \t]*\Z")
_delimiter_row = re.compile(r"[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*\Z")
_separator = re.compile(r"(?<!\\)\|")
_alignments = {(False, False): "", (True, False): "left", (True, True): "center", (False, True): "right"}


class Table(NamedTuple):
    """A table: its rows of cells, the first of which is the head, the alignment of each column, the line after it."""

    rows: list[list[str]]
    alignments: list[str]
    end: int


def read_table(lines: list[str], at: int) -> Table | None:
    """The table that begins with this line. Cells beyond those of the head stay; missing ones are empty."""
    if at + 1 >= len(lines) or not (_row.match(lines[at]) and _delimiter_row.match(lines[at + 1])):
        return None
    head, dashes = _cells(lines[at]), _cells(lines[at + 1])
    if len(head) != len(dashes):
        return None
    end = next((i for i in range(at + 2, len(lines)) if not _row.match(lines[i])), len(lines))
    body = [_cells(line) for line in lines[at + 2 : end]]
    rows = [row + [""] * (len(head) - len(row)) for row in [head, *body]]
    return Table(rows, [_alignments[dash.startswith(":"), dash.endswith(":")] for dash in dashes], end)


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _separator.split(line.strip())[1:-1]]
