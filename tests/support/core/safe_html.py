"""What HTML may leave markup.py, the sanitizer that could take bleach's place, and a reader as exact as a browser."""

from typing import NamedTuple, Protocol

import nh3
from bleach._vendor.html5lib import HTMLParser, getTreeBuilder  # reads as the HTML standard says that browsers do

from chat.text import markup
from chat.text.markup import ATTRIBUTES, FIXED, TAGS, allowed

bleach_sanitize = markup.sanitize
parser = HTMLParser(getTreeBuilder("etree"), namespaceHTMLElements=False)


def nh3_sanitize(html: str) -> str:
    """The drop-in that docs/decisions/0001-bleach-sanitizer.md speaks of."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: {name} for tag, name in ATTRIBUTES},
        attribute_filter=keep,
        set_tag_attribute_values=FIXED,
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )


def keep(tag: str, name: str, value: str) -> str | None:
    return value if allowed(tag, name, value) or FIXED.get(tag, {}).get(name) == value else None


class Element(Protocol):
    """One of html5lib's."""

    tag: str
    attrib: dict[str, str]
    text: str | None
    tail: str | None


class Reading(NamedTuple):
    """The tags with their attributes, and everything that reaches a reader: also addresses, numbers and languages."""

    tags: list[tuple[str, dict[str, str]]]
    text: str


def read(html: str) -> Reading:
    """What a browser makes of the HTML when a page inserts it."""
    root = parser.parseFragment(html)
    elements = list(root.iter())[1:]
    return Reading([(element.tag, element.attrib) for element in elements], _text(root))


def _text(element: Element) -> str:
    inside = (element.text or "") + "".join(_text(child) + (child.tail or "") for child in element)
    match element.tag:
        case "br":
            return "\n"
        case "p" | "li" | "pre" | "blockquote":
            return f"{inside}\n"
        case "code":
            return element.attrib.get("class", "").removeprefix("language-") + " " + inside
        case "a" if element.attrib.get("href") != inside:
            return f"{inside} {element.attrib.get('href', '')}"
    return inside


def assert_safe(tags: list[tuple[str, dict[str, str]]]) -> None:
    """Nothing but what TAGS, ATTRIBUTES and FIXED allow, and all of FIXED."""
    for tag, attrs in tags:
        assert tag in TAGS
        for name, value in attrs.items():
            assert allowed(tag, name, value) or FIXED[tag][name] == value
        assert FIXED.get(tag, {}).items() <= attrs.items()
