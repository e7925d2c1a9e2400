"""Tables of chatsite's Markdown, from cells that are Markdown already."""

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table with its first row as the head; "" without rows."""
    if not rows or not rows[0]:
        return ""
    lines = [f"|{'|'.join(map(_cell, row))}|" for row in rows]
    return "\n".join([lines[0], "|" + "-|" * len(rows[0]), *lines[1:]])


def _cell(markdown: str) -> str:
    return " ".join(markdown.split()).replace("|", "\\|")
