"""chatsite's Markdown made from plain text and styled runs: what docs/markup.md shows as the original looked.

The dialects of the importers end here. Plain text stays plain text (`literal`), styles become markup where chatsite
shows them (`inline`), and blocks nest: `quote(bullet(literal(text)))`.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from chat.text.literal import escape_lone_item, literal
from chat.text.quotes import opens_quote

__all__ = ["Run", "action", "bullet", "code", "code_block", "inline", "link", "literal", "numbered", "quote"]

_fences = re.compile(r"`{3,}")


class Run(NamedTuple):
    """A piece of a line of text with one style. `raw`: the text is Markdown already."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str | None = None
    raw: bool = False


def inline(runs: Iterable[Run]) -> str:
    """Markdown of styled runs: spaces stand outside of marks, and each paragraph has marks of its own."""
    return "".join(_styled(run) for run in runs)


def code(text: str) -> str:
    """Code in a line, or a block where the text has several lines."""
    if "\n" in text:
        return code_block(text)
    marks = "``" if "`" in text else "`"
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{marks}{blank}{text}{blank}{marks}" if text.strip() else text


def code_block(text: str, language: str = "") -> str:
    """A code block, whatever fences the text holds."""
    longest = max((len(run) for run in _fences.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def quote(markdown: str) -> str:
    """A quote of this Markdown."""
    lines = [f"> {line}" for line in markdown.split("\n")]
    if len(lines) == 1 and not opens_quote(lines[0], ""):
        lines.append(">")  # `> 5 people` alone is text
    return "\n".join(lines)


def bullet(markdown: str, depth: int = 0) -> str:
    """An item of a list, `depth` levels deep. Its further lines belong to it."""
    return _item("- ", markdown, depth)


def numbered(markdown: str, number: int, depth: int = 0) -> str:
    """An item with a number."""
    return _item(f"{number}. ", markdown, depth)


def link(label: str, url: str) -> str:
    """A link with this plain text, or the address alone where the text says nothing else."""
    return inline([Run(label, link=url)])


def action(text: str) -> str:
    """What somebody does ("/me waves"), in italics. `text` is plain, with the name in front."""
    return inline([Run(text, italic=True)])


def _styled(run: Run) -> str:
    if run.code:
        return code(run.text)
    text = run.text if run.raw else literal(run.text)
    if run.link is not None:
        text = run.link if text in ("", run.link) else f"[{text}]({run.link})"
    for mark, wanted in (("~~", run.strike), ("*", run.italic), ("**", run.bold)):
        if wanted and text.strip():
            inner = text.strip()
            text = text.replace(inner, f"{mark}{inner}{mark}", 1)
    return text


def _item(marker: str, markdown: str, depth: int) -> str:
    first, *rest = escape_lone_item(markdown).split("\n")
    indent = "  " * depth
    below = "".join(f"\n{indent}{' ' * len(marker)}{line}" if line else "\n" for line in rest)
    return f"{indent}{marker}{first}{below}"
