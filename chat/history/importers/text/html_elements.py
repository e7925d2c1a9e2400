"""Elements of HTML: what they are called, what they hold, and what of it chatsite can show."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from bleach._vendor.html5lib import HTMLParser, getTreeBuilder

from chat.history.importers.text.markdown import Run
from chat.text.emoji import is_few_emoji
from chat.text.languages import LANGUAGES

DROPPED = frozenset("script style title template noscript iframe object embed svg mx-reply select".split())
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


def _texts(element: Element) -> Iterator[str]:
    for child in element.iter():
        if child.tag == "br":
            yield "\n"
        if isinstance(child.tag, str) and child.tag not in DROPPED and child.text:
            yield child.text
        if child is not element and child.tail:
            yield child.tail


def style_inside(element: Element, style: Style) -> Style:
    """The styles inside an element, which is within these."""
    names = {_styles.get(str(element.tag))}
    if css := element.get("style"):
        names |= {name for name, pattern in _css_styles.items() if pattern.search(css)}
    return style._replace(
        bold=style.bold or "bold" in names,
        italic=style.italic or "italic" in names,
        strike=style.strike or "strike" in names,
        code=style.code or "code" in names,
    )


def with_style(run: Run, style: Style) -> Run:
    """What stands in bold is bold, whoever has read it."""
    return run._replace(
        bold=run.bold or style.bold,
        italic=run.italic or style.italic,
        strike=run.strike or style.strike,
        link=run.link or style.link,
    )


def is_emoji(element: Element, label: str) -> bool:
    """Whether an image stands for an emoji, which its label is."""
    is_marked = "emoji" in (element.get("itemtype", "") + element.get("class", "")).lower()
    return is_marked or element.get("data-mx-emoticon") is not None or is_few_emoji(label)


def is_worth_showing(href: str, label: str) -> bool:
    """Whether an address that cannot be a link here tells more than its label: ftp, tel, sip; no script, no path."""
    found = _scheme.match(_ignored_in_url.sub("", href).strip(_edge_of_url))
    if found is None or found[1].lower() in _harmful_schemes:
        return False
    target = unquote(href.strip())
    return target != label and target.partition(":")[2].lstrip("/") != label.lstrip("/")


def language_of(element: Element) -> str:
    """The language of a code block, if chatsite knows it: <pre><code class="language-x">, <codeblock class="X">."""
    names = [element.get("class") or ""] + [child.get("class") or "" for child in element.iter("code")]
    found = [match[1].lower() for name in names if (match := _language.search(name))]
    language = found[0] if found else names[0].lower() if element.tag == "codeblock" else ""
    return language if language in LANGUAGES else ""


def items_of(element: Element) -> Iterator[list[Element]]:
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


def start_of(element: Element) -> int:
    """The number of the first item."""
    start = element.get("start") or "1"
    return int(start) if re.fullmatch(r"\d{1,3}", start, re.A) else 1


def cells_of(row: Element) -> list[Element]:
    """The cells of a row."""
    return [cell for cell in row if cell.tag in ("td", "th")]
