"""Slack's blocks of data as chatsite's Markdown: tables, charts as the numbers in them, and the tasks of assistants."""

from collections.abc import Iterator
from typing import Any

from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.text.markdown import Run, bullet, inline, literal
from chat.history.importers.text.slack import Directory, link_run
from chat.history.importers.text.slack_rich_text import rich_text
from chat.history.importers.text.tables import table


def data_table(block: Record, directory: Directory) -> str:
    """A table with its first row as the head, below its caption."""
    value = block.get("rows")
    rows = [
        [_cell(cell, directory) for cell in row if isinstance(cell, dict)]
        for row in (value if isinstance(value, list) else ())
        if isinstance(row, list)
    ]
    return "\n".join(filter(None, (_bold(string(block, "caption")), table(rows))))


def chart(block: Record, directory: Directory) -> str:
    """The numbers of a chart: a list of a pie's, a table of the others, whose series are its columns."""
    data = mapping(block, "chart")
    parts = [f"{string(part, 'label')}: {_number(part.get('value'))}" for part in mappings(data, "segments")]
    lines = [bullet(literal(part)) for part in parts]
    columns = [(string(each, "name"), mappings(each, "data")) for each in mappings(data, "series")]
    if columns:
        names = [string(point, "label") for point in columns[0][1]]
        body = [[name, *(_value(points, number) for _, points in columns)] for number, name in enumerate(names)]
        rows = [["", *(name for name, _ in columns)], *body]
        lines.append(table([[literal(text) for text in row] for row in rows]))
    return "\n".join(filter(None, (_bold(string(block, "title")), *lines)))


def task(block: Record, directory: Directory) -> str:
    """What an assistant has done: title, details, output, and the pages that it has read."""
    return "\n".join(part for part in _task(block, directory) if part)


def plan(block: Record, directory: Directory) -> str:
    """The tasks of an assistant as a list below their title."""
    tasks = (task(each, directory) for each in mappings(block, "tasks"))
    return "\n".join(filter(None, (_bold(string(block, "title")), *(bullet(each) for each in tasks if each))))


def _task(block: Record, directory: Directory) -> Iterator[str]:
    yield literal(string(block, "title"))
    yield rich_text(mapping(block, "details"), directory)
    yield rich_text(mapping(block, "output"), directory)
    for page in mappings(block, "sources"):
        if string(page, "url"):
            yield inline([link_run(string(page, "url"), string(page, "text"))])


def _cell(cell: Record, directory: Directory) -> str:
    if string(cell, "type") == "rich_text":
        return rich_text(cell, directory)
    return literal(string(cell, "text") or _number(cell.get("value")))


def _value(points: list[Record], number: int) -> str:
    return _number(points[number].get("value")) if number < len(points) else ""


def _number(value: Any) -> str:
    """A number as Slack shows it, or a text."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (str, int, float)) else ""


def _bold(text: str) -> str:
    return inline([Run(text, bold=True)]) if text else ""
