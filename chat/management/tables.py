"""Tables for people in a terminal."""

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 10_000  # no line is broken: lines can be searched and cut by other tools


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, with a head if the columns have names; numbers are aligned at the right."""
    drawn = Table(box=None, show_header=any(columns), pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    listed = list(rows)
    for number, column in enumerate(columns):
        is_number = all(isinstance(row[number], int) for row in listed)
        drawn.add_column(column, justify="right" if is_number else "left", no_wrap=True)
    for row in listed:
        drawn.add_row(*(Text(str(cell)) for cell in row))
    out = io.StringIO()
    Console(file=out, width=WIDTH, color_system=None).print(drawn)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
