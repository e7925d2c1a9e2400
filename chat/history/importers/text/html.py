"""HTML of Teams, Matrix and Campfire to chatsite's Markdown.

The HTML is parsed as a browser parses it, by the html5lib that bleach carries; nothing of it is kept but words, links
and the few styles that chatsite has. What a source has beyond HTML, such as mentions, its reader reads in `own`.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from bleach._vendor.html5lib import HTMLParser, getTreeBuilder

from chat.history.importers.text.html_blocks import Block, Gap, joined, table
from chat.history.importers.text.markdown import Run, bullet, code_block, numbered, quote
from chat.text.emoji import is_few_emoji
from chat.text.languages import LANGUAGES

MAX_DEPTH = 100  # of elements; what is deeper is text. A browser stops at 512
MAX_NESTING = 5  # of lists and quotes; chatsite shows the markers of deeper ones as text

_dropped = frozenset("script style title template noscript iframe object embed svg mx-reply select".split())
_paragraphs = frozenset("p dl fieldset figure details table center".split())
_lines = frozenset(
    "div section article header footer main aside address nav hgroup dt dd li form figcaption summary legend caption "
    "tr body html".split()
)
_headings = frozenset("h1 h2 h3 h4 h5 h6 dt summary".split())
_styles = {
    **dict.fromkeys("b strong th".split(), "bold"),
    **dict.fromkeys("i em cite var dfn".split(), "italic"),
    **dict.fromkeys("s del strike".split(), "strike"),
    **dict.fromkeys("code tt kbd samp".split(), "code"),
}
_css_styles = {
    "bold": re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)"),
    "italic": re.compile(r"font-style\s*:\s*(?:italic|oblique)"),
    "strike": re.compile(r"text-decoration[a-z-]*\s*:[^;]*line-through"),
}
_space = re.compile(r"[ \t\n\r\f]+")
_space_at_line_end = re.compile(r"[ \t\xa0]+(?=\n)")
_ignored_in_url = re.compile(r"[\t\n\r]")
_edge_of_url = "".join(map(chr, range(33)))
_scheme = re.compile(r"([a-z][a-z0-9+.-]*):", re.I)
_harmful_schemes = ("javascript", "data", "vbscript", "about", "blob", "file")
_language = re.compile(r"\b(?:language|lang)-(\S+)")


class Style(NamedTuple):
    """The styles that are open at a place, and the address of the link around it."""

    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str | None = None


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


def parse(html: str) -> Element:
    """The tree of a fragment of HTML, as the HTML standard builds it."""
    parser = HTMLParser(getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree: Element = parser.parseFragment(html)
    return tree


def text_of(element: Element) -> str:
    """The words in an element, with its line breaks."""
    return "".join(_texts(element))


def safe_url(href: str | None) -> str | None:
    """The address that a link leads to, if it is one of http, https or mailto."""
    url = _ignored_in_url.sub("", href or "").strip(_edge_of_url)
    if url.startswith("//"):
        url = f"https:{url}"
    try:
        parts = urlsplit(url)
    except ValueError:  # such as http://[x
        return None
    return url if (parts.scheme in ("http", "https") and parts.netloc) or parts.scheme == "mailto" else None


class _Reader:
    """The blocks of one container: of a message, a quote, or an item of a list."""

    def __init__(self, rules: Rules, nesting: int = 0) -> None:
        self.rules = rules
        self.nesting = nesting
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
        if text and not self.rules.plain:
            text = _space.sub(" ", text)
            if not self.runs or self.runs[-1].text.endswith((" ", "\n")):
                text = text.removeprefix(" ")
        if text:
            self.runs.append(Run(text, **style._asdict()))
        return self

    def add_element(self, element: Element, style: Style, depth: int) -> None:
        tag = str(element.tag)
        if tag in _dropped:
            return
        own = self.rules.own(element)
        if isinstance(own, Markdown):
            self.add_block(own, Gap.LINE)
        elif own is not None:
            self.runs.append(_styled(own, style))
        elif depth > MAX_DEPTH:
            self.add_text(text_of(element), style)
        elif (handler := _handlers.get(tag)) is not None:
            handler(self, element, style, depth)
        elif tag in _lines or tag in _paragraphs or tag in _headings:
            self.add_paragraph(element, style, depth)
        else:
            self.add_children(element, _inner_style(element, style), depth)

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
        label = text_of(element).strip()
        if url and not label and element.find(".//img") is None:
            self.runs.append(Run(url, **style._replace(link=url)._asdict()))
        elif not url and href and _is_worth_showing(href, label):
            self.add_text(f" ({href.strip()})", style)

    def add_image(self, element: Element, style: Style, depth: int) -> None:
        """An emoji is its text; any other image a link to it."""
        label = (element.get("alt") or element.get("title") or "").strip()
        url = safe_url(element.get("src"))
        if label and _is_emoji(element, label):
            self.add_text(label, style)
        elif url and style.link is None:
            self.runs.append(Run(label or "image", **style._replace(link=url, code=False)._asdict()))
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
            self.add_block(code_block(code, _language_of(element)), Gap.LINE)

    def add_quote(self, element: Element, style: Style, depth: int) -> None:
        if self.nesting == MAX_NESTING:
            return self.add_paragraph(element, style, depth)
        inner = self.inner().add_children(element, style, depth).markdown()
        self.add_block(quote(inner) if inner.strip() else "", Gap.QUOTE)
        return None

    def add_list(self, element: Element, style: Style, depth: int) -> None:
        items = [self.item(children, style, depth) for children in _items(element)]
        items = [item for item in items if item.strip()]
        if self.nesting >= MAX_NESTING:
            for item in items:
                self.add_block(f"• {item}", Gap.LINE)
        elif element.tag == "ol":
            first = _start(element)
            self.add_block("\n".join(numbered(item, number) for number, item in enumerate(items, first)), Gap.LIST)
        else:
            self.add_block("\n".join(map(bullet, items)), Gap.LIST)

    def item(self, parts: list[Element], style: Style, depth: int) -> str:
        reader = self.inner()
        for part in parts:
            if part.tag == "li":
                reader.add_children(part, style, depth + 1)
            else:
                reader.add_element(part, style, depth + 1)
        return reader.markdown()

    def add_table(self, element: Element, style: Style, depth: int) -> None:
        rows = [[self.cell(cell, style, depth) for cell in _cells(row)] for row in element.iter("tr")]
        rows = [row for row in rows if any(row)]
        if (caption := element.find("caption")) is not None:
            self.add_paragraph(caption, style, depth)
        self.add_block(table(rows) if len(rows) > 1 else "\n".join(" ".join(row) for row in rows), Gap.PARAGRAPH)

    def cell(self, element: Element, style: Style, depth: int) -> str:
        """The words of a cell in one line; only paragraphs with styles and links keep them."""
        reader = _Reader(self.rules, MAX_NESTING)
        return " ".join(reader.add_children(element, style, depth + 1).markdown().split())

    def inner(self) -> "_Reader":
        return _Reader(self.rules, self.nesting + 1)


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


def _texts(element: Element) -> Iterator[str]:
    for child in element.iter():
        if child.tag == "br":
            yield "\n"
        if isinstance(child.tag, str) and child.tag not in _dropped and child.text:
            yield child.text
        if child is not element and child.tail:
            yield child.tail


def _inner_style(element: Element, style: Style) -> Style:
    names = {_styles.get(str(element.tag))}
    if css := element.get("style"):
        names |= {name for name, pattern in _css_styles.items() if pattern.search(css)}
    return style._replace(
        bold=style.bold or "bold" in names,
        italic=style.italic or "italic" in names,
        strike=style.strike or "strike" in names,
        code=style.code or "code" in names,
    )


def _styled(run: Run, style: Style) -> Run:
    """What stands in bold is bold, whoever has read it."""
    return run._replace(
        bold=run.bold or style.bold,
        italic=run.italic or style.italic,
        strike=run.strike or style.strike,
        link=run.link or style.link,
    )


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


def _is_emoji(element: Element, label: str) -> bool:
    is_marked = "emoji" in (element.get("itemtype", "") + element.get("class", "")).lower()
    return is_marked or element.get("data-mx-emoticon") is not None or is_few_emoji(label)


def _is_worth_showing(href: str, label: str) -> bool:
    """Whether an address that cannot be a link here tells more than its label: ftp, tel, sip; no script, no path."""
    found = _scheme.match(_ignored_in_url.sub("", href).strip(_edge_of_url))
    if found is None or found[1].lower() in _harmful_schemes:
        return False
    target = unquote(href.strip())
    return target != label and target.partition(":")[2].lstrip("/") != label.lstrip("/")


def _language_of(element: Element) -> str:
    """The language of a code block, if chatsite knows it: <pre><code class="language-x">, <codeblock class="X">."""
    names = [element.get("class") or ""] + [child.get("class") or "" for child in element.iter("code")]
    found = [match[1].lower() for name in names if (match := _language.search(name))]
    language = found[0] if found else names[0].lower() if element.tag == "codeblock" else ""
    return language if language in LANGUAGES else ""


def _items(element: Element) -> Iterator[list[Element]]:
    """The items of a list; a list that stands directly in a list belongs to the item in front."""
    item: list[Element] = []
    for child in element:
        if child.tag == "li" and item:
            yield item
            item = []
        if isinstance(child.tag, str):
            item.append(child)
    if item:
        yield item


def _start(element: Element) -> int:
    start = element.get("start") or "1"
    return int(start) if re.fullmatch(r"\d{1,3}", start, re.A) else 1


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag in ("td", "th")]
