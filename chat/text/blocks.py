"""Block structure of a message: fences, quotes, lists and paragraphs, to HTML that the sanitizer still has to check.

These differ from Markdown because a chat message is not a document: a newline is a line break, a quote ends with its
last marked line, and a list keeps the numbers that were typed. inline.py renders the text of a paragraph.
"""

import re
from collections.abc import Iterator
from itertools import takewhile
from textwrap import dedent

from django.utils.html import escape

from chat.text.cost import MAX_COST, Cost, TooExpensive, base_cost, bracket_cost, inline_cost
from chat.text.inline import MAX_DEPTH, escape_text, render_inline
from chat.text.sanitizer import LANGUAGE

BLOCK_START = re.compile(r"(?P<fence>[ ]{0,3}(?:```|~~~))|(?P<quote>[ ]{0,3}>)|(?P<item>[ \t]*[-*\d])")
FENCE = re.compile(r"[ ]*(`{3,}|~{3,})[ ]*(.*)")
QUOTE_MARKER = re.compile(r"[ ]{0,3}>(?=[\s>]|[^\W_]|$)[ ]?")  # but not the emoticons >:( and >_<
LIST_MARKER = re.compile(r"([ \t]*)(?:[-*]|(0|[1-9]\d{0,2})\.)[ \t]+(?![-*\s]*$)")  # but not the drawn line - - -


class BlockRenderer:
    """Renders one message that may have markup, and adds up what it is charged in `cost`. Raises TooExpensive."""

    def __init__(self, text: str) -> None:
        self.cost = base_cost(text)

    def charge(self, cost: int) -> None:
        self.cost += cost
        if self.cost > MAX_COST:
            raise TooExpensive

    def blocks(self, lines: list[str], depth: int = 0) -> Iterator[str]:
        """The HTML of each block in these lines."""
        paragraph: list[str] = []
        at = 0
        while at < len(lines):
            block, end = self.read_container(lines, at, depth)
            if not block and lines[at].strip():
                paragraph.append(lines[at])
            else:
                yield self.paragraph(paragraph) + block
                paragraph = []
            at = end
        yield self.paragraph(paragraph)

    def read_container(self, lines: list[str], at: int, depth: int) -> tuple[str, int]:
        """The HTML of the fence, quote or list that starts in line `at` ("" if none does), and the line after it."""
        start = BLOCK_START.match(lines[at]) if depth < MAX_DEPTH else None
        if start is None:
            return "", at + 1
        readers = {"fence": self.read_fence, "quote": self.read_quote, "item": self.read_list}
        return readers[str(start.lastgroup)](lines, at, depth)

    def read_fence(self, lines: list[str], at: int, depth: int) -> tuple[str, int]:
        """Code up to the line that ends with the fence, or to the end. The word after the fence names the language."""
        fence, info = FENCE.findall(lines[at])[0]
        if fence[0] in info:
            return "", at + 1
        end = next((i for i in range(at + 1, len(lines)) if lines[i].rstrip().endswith(fence)), len(lines))
        code = lines[at + 1 : end] + [line.rstrip().rstrip(fence[0]) for line in lines[end : end + 1]]
        if not (LANGUAGE.fullmatch(info) and any(code)):
            code.insert(0, info)
            info = ""
        text = "\n".join(code).lstrip("\n").rstrip()
        return (self.code_block(text, info) if text else self.plain_block(lines[at : end + 1])), end + 1

    def code_block(self, text: str, language: str) -> str:
        self.charge(2 * Cost.BLOCK)
        attribute = f' class="language-{escape(language.lower())}"' if language else ""
        return f"<pre><code{attribute}>{text.replace('&', '&amp;').replace('<', '&lt;')}</code></pre>"

    def read_quote(self, lines: list[str], at: int, depth: int) -> tuple[str, int]:
        """The lines marked with > and no others: the answer below needs no empty line in between."""
        quoted = list(takewhile(QUOTE_MARKER.match, lines[at:]))
        end = at + max(len(quoted), 1)
        if not any(line.strip("> ") for line in quoted):
            return self.plain_block(quoted), end
        self.charge(Cost.BLOCK)
        inner = "".join(self.blocks([QUOTE_MARKER.sub("", line, count=1) for line in quoted], depth + 1))
        return f"<blockquote>{inner}</blockquote>", end

    def read_list(self, lines: list[str], at: int, depth: int) -> tuple[str, int]:
        """Items of equal indent, each with the deeper lines below it. A number out of sequence ends the list."""
        marker = first = LIST_MARKER.match(lines[at])
        if first is None:
            return "", at + 1
        self.charge(Cost.BLOCK)
        items: list[str] = []
        while marker and marker[1] == first[1] and marker[2] == (first[2] and str(int(first[2]) + len(items))):
            end = _end_of_item(lines, at + 1, len(first[1]))
            below = dedent("\n".join(lines[at + 1 : end])).split("\n") if end > at + 1 else []
            items.append(self.list_item([lines[at][marker.end() :], *below], depth))
            at = next((i for i in range(end, len(lines)) if lines[i].strip()), end)
            marker = LIST_MARKER.match(lines[at]) if at < len(lines) else None
        tag, start = ("ol", f' start="{first[2]}"') if first[2] else ("ul", "")
        return f"<{tag}{start}>{''.join(items)}</{tag}>", end

    def list_item(self, lines: list[str], depth: int) -> str:
        html = "".join(self.blocks(lines, depth + 1))
        if html.startswith("<p>"):  # the first paragraph has no tag in an item; its charge pays for the item
            html = html.removeprefix("<p>").replace("</p>", "", 1)
        else:
            self.charge(Cost.BLOCK)
        return f"<li>{html}</li>"

    def plain_block(self, lines: list[str]) -> str:
        """A fence or quote without content, as typed."""
        self.charge(Cost.BLOCK + Cost.BREAK * len(lines))
        return f"<p>{escape_text(chr(10).join(lines))}</p>" if lines else ""

    def paragraph(self, lines: list[str]) -> str:
        if not lines:
            return ""
        text = "\n".join(lines)
        inline = inline_cost(text)
        self.charge(Cost.BLOCK + Cost.BREAK * (len(lines) - 1) + inline + bracket_cost(text))
        return f"<p>{render_inline(text) if inline else escape_text(text)}</p>"


def _end_of_item(lines: list[str], at: int, indent: int) -> int:
    end = at
    for i in range(at, len(lines)):
        text = lines[i].lstrip()
        if text and len(lines[i]) - len(text) <= indent:
            break
        end = i + 1 if text else end
    return end
