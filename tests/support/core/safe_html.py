"""Checks of the HTML that messages become: the allow-list, the sanitizer that could replace bleach, and an HTML parser
that follows the standard as browsers do."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol, cast

import nh3
from bleach._vendor.html5lib import HTMLParser, getTreeBuilder  # implements the parsing algorithm of the HTML standard

from chat.text import sanitizer
from chat.text.sanitizer import ADDED_ATTRIBUTES, ALLOWED_ATTRIBUTES, ALLOWED_TAGS, SCHEMES, is_allowed_attribute

bleach_sanitize = sanitizer.sanitize
_parser = HTMLParser(getTreeBuilder("etree"), namespaceHTMLElements=False)


def nh3_sanitize(html: str) -> str:
    """The replacement for bleach that decision 1 in docs/decisions/ describes."""
    return nh3.clean(
        html,
        tags=set(ALLOWED_TAGS),
        attributes={tag: {name for owner, name in ALLOWED_ATTRIBUTES if owner == tag} for tag, _ in ALLOWED_ATTRIBUTES},
        attribute_filter=_filter_attribute,
        set_tag_attribute_values=ADDED_ATTRIBUTES,
        link_rel=None,
        url_schemes=set(SCHEMES),
    )


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    return value if may_appear(tag, name, value) else None


def may_appear(tag: str, name: str, value: str) -> bool:
    """Whether this tag of a message may carry this attribute with this value."""
    return is_allowed_attribute(tag, name, value) or ADDED_ATTRIBUTES.get(tag, {}).get(name) == value


class Element(Protocol):
    """An element of html5lib's tree."""

    tag: str
    attrib: dict[str, str]
    text: str | None
    tail: str | None

    def __iter__(self) -> Iterator["Element"]: ...

    def iter(self) -> Iterator["Element"]: ...


class ParsedFragment(NamedTuple):
    """The tags with their attributes, and all text that a reader can reach, including URLs, numbers and languages."""

    tags: list[tuple[str, dict[str, str]]]
    text: str


def element_tree(html: str) -> Element:
    """The elements that a browser makes of the HTML, below a root of their own."""
    return cast(Element, _parser.parseFragment(html))


def parse_fragment(html: str) -> ParsedFragment:
    """What a browser makes of the HTML when a page inserts it."""
    root = element_tree(html)
    elements = list(root.iter())[1:]
    return ParsedFragment([(element.tag, element.attrib) for element in elements], _reachable_text(root))


def _reachable_text(element: Element) -> str:
    inside = (element.text or "") + "".join(_reachable_text(child) + (child.tail or "") for child in element)
    match element.tag:
        case "br":
            return "\n"
        case "p" | "li" | "pre" | "blockquote" | "tr":
            return f"{inside}\n"
        case "code":
            return element.attrib.get("class", "").removeprefix("language-") + " " + inside
        case "a" if element.attrib.get("href") not in (inside, f"http://{inside}", f"mailto:{inside}"):
            return f"{inside} {element.attrib.get('href', '')} {element.attrib.get('title', '')}"
    return inside


def assert_safe(tags: list[tuple[str, dict[str, str]]]) -> None:
    """Only allowed tags and attributes, and all of the added attributes."""
    for tag, attributes in tags:
        assert tag in ALLOWED_TAGS
        assert all(may_appear(tag, name, value) for name, value in attributes.items())
        assert ADDED_ATTRIBUTES.get(tag, {}).items() <= attributes.items()
