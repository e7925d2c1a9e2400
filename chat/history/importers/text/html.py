"""HTML of Teams, Matrix and Campfire to chatsite's Markdown.

The HTML is parsed as a browser parses it, by the html5lib that bleach carries; nothing of it is kept but words, links
and the few styles that chatsite has. What a source has beyond HTML, such as mentions, its reader reads in `own`.
"""

import re
from collections.abc import Callable
from html import unescape
from typing import NamedTuple
from xml.etree.ElementTree import Element

from chat.history.importers.text.html_blocks import Block, Gap, in_one_line, joined, table
from chat.history.importers.text.html_elements import (
    DROPPED,
    Style,
    cells_of,
    is_emoji,
    is_worth_showing,
    items_of,
    language_of,
    parse,
    safe_url,
    start_of,
    style_inside,
    text_of,
    with_style,
)
from chat.history.importers.text.markdown import Run, bullet, code_block, numbered, quote

MAX_DEPTH = 100  # of elements; what is deeper is text. A browser stops at 512
MAX_NESTING = 5  # of lists and quotes; chatsite shows the markers of deeper ones as text

_paragraphs = frozenset("p dl fieldset figure details table center".split())
_lines = frozenset(
    "div section article header footer main aside address nav hgroup dt dd li form figcaption summary legend caption "
    "tr body html".split()
)
_headings = frozenset("h1 h2 h3 h4 h5 h6 dt summary".split())
_space = re.compile(r"[ \t\n\r\f]+")
_space_at_line_end = re.compile(r"[ \t\xa0]+(?=\n)")


class Markdown(str):
    """Markdown of a block of its own."""


Own = Callable[[Element], Run | Markdown | None]


class Rules(NamedTuple):
    """How a source's HTML differs. `own` reads an element that HTML does not know; None: it is read as HTML.

    `apart`: paragraphs have an empty line in between. `plain`: newlines and blanks count, as in plain text.
    """

    own: Own = lambda element: None
    apart: bool = True
    plain: bool = False


def html_to_markdown(html: str, rules: Rules = Rules()) -> str:  # noqa: B008 - immutable
    """The Markdown that looks as this HTML looks in a browser. Never raises: a browser shows any text."""
    if "<" not in html:
        return _Reader(rules).add_text(unescape(html), Style()).markdown()
    return tree_to_markdown(parse(html), rules)


def tree_to_markdown(tree: Element, rules: Rules = Rules()) -> str:  # noqa: B008
    """The same for a tree of `parse`."""
    return _Reader(rules).add_children(tree, Style(), 0).markdown()


class _Reader:
    """The blocks of one container: of a message, a quote, or an item of a list."""

    def __init__(self, rules: Rules, nesting: int = 0, *, in_item: bool = False) -> None:
        self.rules = rules
        self.nesting = nesting
        self.in_item = in_item
        self.blocks: list[Block] = []
        self.runs: list[Run] = []  # of the paragraph that is not finished
        self.gap = Gap.LINE  # in front of this paragraph

    def markdown(self) -> str:
        self.end_paragraph()
        return joined(self.blocks)

    def add_children(self, parent: Element, style: Style, depth: int) -> "_Reader":
        self.add_text(parent.text, style)
        for child in parent:
            if isinstance(child.tag, str):  # and no comment
                self.add_element(child, style, depth + 1)
            self.add_text(child.tail, style)
        return self

    def add_text(self, text: str | None, style: Style) -> "_Reader":
        if text and self.rules.plain:
            text = text if self.runs else text.lstrip("\r\n")
        elif text:
            text = _space.sub(" ", text)
            if not self.runs or self.runs[-1].text.endswith((" ", "\n")):
                text = text.removeprefix(" ")
        if text:
            self.runs.append(Run(text, **style._asdict()))
        return self

    def add_element(self, element: Element, style: Style, depth: int) -> None:
        tag = str(element.tag)
        if tag in DROPPED:
            return
        own = self.rules.own(element)
        if isinstance(own, Markdown):
            self.add_block(own, Gap.LINE)
        elif own is not None:
            self.runs.append(with_style(own, style))
        elif depth > MAX_DEPTH:
            self.add_text(text_of(element), style)
        elif (handler := _handlers.get(tag)) is not None:
            handler(self, element, style, depth)
        elif tag in _lines or tag in _paragraphs or tag in _headings:
            self.add_paragraph(element, style, depth)
        else:
            self.add_children(element, style_inside(element, style), depth)

    def add_block(self, markdown: str, gap: Gap) -> None:
        self.end_paragraph()
        if markdown:
            self.blocks.append(Block(markdown, gap))

    def end_paragraph(self, gap: Gap = Gap.LINE) -> None:
        """Finish the paragraph; `gap` is what stands in front of the next one."""
        runs, self.runs = self.runs, []
        text = "".join(run.text for run in runs)
        if text.strip():
            self.blocks.append(Block(_trimmed(runs), self.gap))
        elif "\xa0" in text or "\n" in text:  # <p>&nbsp;</p> is an empty line
            self.blocks.append(Block([], self.gap))
        if text or gap > self.gap:
            self.gap = gap

    def add_paragraph(self, element: Element, style: Style, depth: int) -> None:
        tag = str(element.tag)
        gap = Gap.PARAGRAPH if tag in _headings or (self.rules.apart and tag in _paragraphs) else Gap.LINE
        self.end_paragraph(gap)
        self.add_children(element, style._replace(bold=True) if tag in _headings else style, depth)
        self.end_paragraph(gap)

    def add_break(self, element: Element, style: Style, depth: int) -> None:
        self.runs.append(Run("\n", **style._asdict()))

    def add_rule(self, element: Element, style: Style, depth: int) -> None:
        self.add_block("---", Gap.LINE)

    def add_link(self, element: Element, style: Style, depth: int) -> None:
        """A link that is none here is its text, and its address if that is of use to somebody."""
        href = element.get("href")
        url = safe_url(href)
        self.add_children(element, style._replace(link=url) if url else style, depth)
        if not url and href and is_worth_showing(href, text_of(element).strip()):
            self.add_text(f" ({href.strip()})", style)

    def add_image(self, element: Element, style: Style, depth: int) -> None:
        """An emoji is its text; any other image a link to it."""
        label = (element.get("alt") or element.get("title") or "").strip()
        url = safe_url(element.get("src"))
        if label and is_emoji(element, label):
            self.add_text(label, style)
        elif url and style.link is None:
            self.runs.append(Run(label or "image", **style._replace(link=url, code=False)._asdict()))
            self.add_text(" ", style)  # a picture stands apart from its neighbour
        else:
            self.add_text(label or "[image]", style)

    def add_checkbox(self, element: Element, style: Style, depth: int) -> None:
        if element.get("type", "").lower() in ("checkbox", "radio"):
            self.add_text("☐ " if element.get("checked") is None else "☑ ", style)

    def add_cited(self, element: Element, style: Style, depth: int) -> None:
        self.add_text("“", style)
        self.add_children(element, style, depth)
        self.add_text("”", style)

    def add_code(self, element: Element, style: Style, depth: int) -> None:
        code = text_of(element).replace("\xa0", " ").strip("\n")
        if code.strip():
            self.add_block(code_block(code, language_of(element)), Gap.LINE)

    def add_quote(self, element: Element, style: Style, depth: int) -> None:
        if self.nesting == MAX_NESTING:
            return self.add_paragraph(element, style, depth)
        inner = _Reader(self.rules, self.nesting + 1).add_children(element, style, depth).markdown()
        self.add_block(quote(inner) if inner.strip() else "", Gap.QUOTE)
        return None

    def add_list(self, element: Element, style: Style, depth: int) -> None:
        items = [self.item(children, style, depth) for children in items_of(element)]
        items = [item for item in items if item.has_content()]
        start = start_of(element) if element.tag == "ol" else None
        if self.nesting >= MAX_NESTING:
            for item in items:
                self.add_block(f"• {item.markdown()}", Gap.LINE)
        elif start is not None and len(items) == 1 and not self.in_item and (runs := items[0].only_text()):
            self.end_paragraph()
            self.blocks.append(Block([Run(f"{start}. "), *runs], Gap.LINE))  # chatsite shows a lone number as text
        elif start is not None:
            self.add_block("\n".join(numbered(each.markdown(), at) for at, each in enumerate(items, start)), Gap.LIST)
        else:
            self.add_block("\n".join(bullet(each.markdown()) for each in items), Gap.LIST)

    def item(self, parts: list[Element], style: Style, depth: int) -> "_Reader":
        reader = _Reader(self.rules, self.nesting + 1, in_item=True)
        for part in parts:
            if part.tag == "li":
                reader.add_children(part, style, depth + 1)
            else:
                reader.add_element(part, style, depth + 1)
        reader.end_paragraph()
        return reader

    def has_content(self) -> bool:
        """Whether there is anything but empty lines."""
        return any(block.content for block in self.blocks)

    def only_text(self) -> list[Run] | None:
        """The runs, if there is one paragraph and nothing else."""
        content = self.blocks[0].content if len(self.blocks) == 1 else None
        return content if isinstance(content, list) else None

    def add_table(self, element: Element, style: Style, depth: int) -> None:
        rows = [[self.cell(cell, style, depth) for cell in cells_of(row)] for row in element.iter("tr")]
        rows = [row for row in rows if any(row)]
        if (caption := element.find("caption")) is not None:
            self.add_paragraph(caption, style, depth)
        self.add_block(table(rows) if len(rows) > 1 else "\n".join(" ".join(row) for row in rows), Gap.PARAGRAPH)

    def cell(self, element: Element, style: Style, depth: int) -> str:
        """The words of a cell in one line; only paragraphs with styles and links keep them."""
        reader = _Reader(self.rules, MAX_NESTING).add_children(element, style, depth + 1)
        reader.end_paragraph()
        return in_one_line(reader.blocks)


_Handler = Callable[[_Reader, Element, Style, int], None]
_handlers: dict[str, _Handler] = {
    "br": _Reader.add_break,
    "hr": _Reader.add_rule,
    "a": _Reader.add_link,
    "img": _Reader.add_image,
    "input": _Reader.add_checkbox,
    "q": _Reader.add_cited,
    "blockquote": _Reader.add_quote,
    "table": _Reader.add_table,
    **dict.fromkeys(("pre", "codeblock", "listing", "xmp"), _Reader.add_code),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), _Reader.add_list),
}


def _trimmed(runs: list[Run]) -> list[Run]:
    """Runs without blanks at the ends of lines; blanks that do not break are blanks. One break at the end is none."""
    trimmed: list[Run] = []
    following = "\n"
    for run in reversed(runs):
        text = _space_at_line_end.sub("", run.text + following[0]).removesuffix(following[0])
        if not trimmed:
            text = text.removesuffix("\n")
        if text:
            following = text
            trimmed.append(run._replace(text=text.replace("\xa0", " ")))
    return trimmed[::-1]
