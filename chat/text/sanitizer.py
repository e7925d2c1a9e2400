"""The allow-list of the HTML that messages may contain, and the sanitizer that enforces it.

The only module that uses bleach; decision 1 in docs/decisions/ says why. It trusts none of the modules that make the
HTML: the parsers escape text themselves, and the sanitizer is the second line of defence.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from bleach.sanitizer import Cleaner

SCHEMES = ("http", "https", "mailto")
SCHEME_PATTERN = r"(?i:https?://|mailto:)"
LANGUAGE = re.compile(r"[a-zA-Z0-9_+#.-]{1,20}")  # of a code block

ALLOWED_TAGS = frozenset("p br strong em del code pre blockquote ul ol li a".split())
ALLOWED_ATTRIBUTES = {
    ("a", "href"): re.compile(rf"{SCHEME_PATTERN}\S+"),
    ("ol", "start"): re.compile(r"[0-9]{1,3}"),
    ("code", "class"): re.compile(rf"language-{LANGUAGE.pattern}"),
}
# The sanitizer adds these itself. dir="auto" isolates the text direction of each block from its neighbours.
ADDED_ATTRIBUTES = {
    "a": {"rel": "noopener noreferrer nofollow", "target": "_blank"},
    "p": {"dir": "auto"},
    "li": {"dir": "auto"},
    "blockquote": {"dir": "auto"},
}


def sanitize(html: str) -> str:
    """The HTML reduced to the allowed tags and attributes, with the added attributes. Other tags are escaped."""
    return _thread_local.cleaner.clean(html)


def is_allowed_attribute(tag: str, name: str, value: str) -> bool:
    """Whether this tag may carry this attribute with this value."""
    pattern = ALLOWED_ATTRIBUTES.get((tag, name))
    return pattern is not None and pattern.fullmatch(value) is not None


# Tokens of html5lib key attributes by (namespace, name).
_added_attributes = {
    tag: {(None, name): value for name, value in attributes.items()} for tag, attributes in ADDED_ATTRIBUTES.items()
}


def _add_attributes(source: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for token in source:
        if token["type"] == "StartTag":
            token["data"].update(_added_attributes.get(token["name"], {}))
        yield token


class _ThreadLocal(threading.local):
    """One Cleaner per thread: it has state, and building it takes a fifth of the time of a short message."""

    def __init__(self) -> None:
        self.cleaner = Cleaner(
            ALLOWED_TAGS,
            is_allowed_attribute,
            frozenset(SCHEMES),
            filters=[_add_attributes],  # type: ignore[list-item]
        )


_thread_local = _ThreadLocal()
