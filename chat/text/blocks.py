"""Block structure of a message: code, quotes, lists, tables and paragraphs, to HTML that the sanitizer still checks.

These differ from Markdown because a chat message is not a document: a newline is a line break, a quote ends with its
last marked line, and a list keeps the numbers that were typed. inline.py renders the text of a paragraph.
"""

import re
from collections.abc import Iterator

from chat.text.code_blocks import Fences, read_code_block
from chat.text.inline import MAX_DEPTH, render_inline
from chat.text.lists import Item, diff_lines, read_list
from chat.text.quotes import opens_quote, quoted_lines
from chat.text.tables import read_table

_block_start = re.compile(r"[ \t]*(?:(?P<code>```|~~~)|(?P<quote>>)|(?P<list>[-*\d])|(?P<table>\|))")
_boxes = {None: "", False: "☐ ", True: "☑ "}
PARAGRAPH = '<p dir="auto">'


def render_blocks(lines: list[str]) -> str:
    """The HTML of these lines."""
    return "".join(_Blocks(lines, depth=0).render())


class _Blocks:
    """The blocks of a message, of a quote or of an item. Deeper than MAX_DEPTH, everything is a paragraph."""

    def __init__(self, lines: list[str], depth: int, *, in_item: bool = False) -> None:
        self.lines = list(lines)  # the rest of a line in which a block ends takes the place of the line
        self.depth = depth
        self.in_item = in_item
        self.fences = Fences(self.lines)
        self.diff = diff_lines(lines) if len(lines) > 1 else frozenset()
        self.at = 0
        self.text_until = 0  # the lines up to here begin no block

    def render(self) -> Iterator[str]:
        paragraph: list[str] = []
        while self.at < len(self.lines):
            at = self.at
            block = self.read_block() or self.read_code_inside(at, paragraph)
            if not block and self.lines[at].strip(" \t"):  # as in render_plain
                paragraph.append(self.lines[at])
                continue
            yield _paragraph(paragraph) + block
            paragraph = []
        yield _paragraph(paragraph)

    def read_block(self) -> str:
        """The HTML of the block that begins in this line, or "" if none does; `at` is the line after it."""
        at = self.at
        self.at += 1
        is_text = at < self.text_until or self.depth >= MAX_DEPTH
        start = None if is_text else _block_start.match(self.lines[at])
        if start is None:
            return ""
        return _readers[str(start.lastgroup)](self, at)

    def read_code(self, at: int) -> str:
        block = read_code_block(self.lines, at)
        if block is None:
            return ""
        self.at = block.end
        self.put_back(block.rest)
        return block.html

    def read_code_inside(self, at: int, paragraph: list[str]) -> str:
        """A code block that opens inside this line: what stands before its fence belongs to the paragraph."""
        split = self.fences.split_line(at) if self.depth < MAX_DEPTH else None
        if split is None:
            return ""
        line = self.lines[at]
        before, self.lines[at] = split
        block = self.read_code(at)
        if block:
            paragraph.append(before)
        else:
            self.lines[at] = line
        return block

    def put_back(self, rest: str) -> None:
        """What follows the end of a code block in its last line is a line of its own."""
        if rest:
            self.at -= 1
            self.lines[self.at] = rest

    def read_quote(self, at: int) -> str:
        """The lines marked with > and no others: the answer below needs no empty line in between."""
        if not opens_quote(self.lines[at], self.lines[at + 1] if at + 1 < len(self.lines) else ""):
            return ""
        quoted = quoted_lines(self.lines, at)
        if not any(line.strip("> ") for line in quoted):
            self.text_until = at + len(quoted)
            return ""
        self.at = at + len(quoted)
        return f'<blockquote dir="auto">{"".join(_Blocks(quoted, self.depth + 1).render())}</blockquote>'

    def read_list(self, at: int) -> str:
        found = None if at in self.diff else read_list(self.lines, at, nested=self.in_item)
        if found is None:
            return ""
        self.at = found.end
        items = "".join(self.list_item(item) for item in found.items)
        return f'<ol start="{found.start}">{items}</ol>' if found.start else f"<ul>{items}</ul>"

    def list_item(self, item: Item) -> str:
        html = "".join(_Blocks(item.lines, self.depth + 1, in_item=True).render())
        if html.startswith(PARAGRAPH):  # the first paragraph has no tag in an item
            html = html.removeprefix(PARAGRAPH).replace("</p>", "", 1)
        kind = "" if item.is_done is None else ' class="task"'
        return f'<li{kind} dir="auto">{_boxes[item.is_done]}{html}</li>'

    def read_table(self, at: int) -> str:
        table = read_table(self.lines, at)
        if table is None:
            return ""
        self.at = table.end
        head, *body = (_row(row, table.alignments, "td" if i else "th") for i, row in enumerate(table.rows))
        return f"<table><thead>{head}</thead>{'<tbody>' + ''.join(body) + '</tbody>' if body else ''}</table>"


_readers = {
    "code": _Blocks.read_code,
    "quote": _Blocks.read_quote,
    "list": _Blocks.read_list,
    "table": _Blocks.read_table,
}


def _row(cells: list[str], alignments: list[str], tag: str) -> str:
    padded = alignments + [""] * (len(cells) - len(alignments))
    html = ""
    for cell, alignment in zip(cells, padded, strict=True):
        attribute = f' align="{alignment}"' if alignment else ""
        html += f"<{tag}{attribute}>{render_inline(cell)}</{tag}>"
    return f"<tr>{html}</tr>"


def _paragraph(lines: list[str]) -> str:
    text = "\n".join(lines)
    return f"{PARAGRAPH}{render_inline(text)}</p>" if text.strip() else ""
