"""chatsite's Markdown made from plain text and styled runs: what docs/markup.md shows as the original looked.

The dialects of the importers end here. Plain text stays plain text (`literal`), styles become markup where chatsite
shows them (`inline`), and blocks nest: `quote(bullet(literal(text)))`.
"""

from chat.history.importers.text.runs import Run, code, code_block, inline
from chat.text.literal import escape_lone_item, literal
from chat.text.quotes import opens_quote

__all__ = ["Run", "action", "bullet", "code", "code_block", "inline", "link", "literal", "numbered", "quote"]


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


def _item(marker: str, markdown: str, depth: int) -> str:
    first, *rest = escape_lone_item(markdown).split("\n")
    indent = "  " * depth
    below = "".join(f"\n{indent}{' ' * len(marker)}{line}" if line else "\n" for line in rest)
    return f"{indent}{marker}{first}{below}"
