"""The allow-list of the HTML that messages may contain, and the sanitizer that enforces it.

The only module that uses bleach; decisions 1 and 12 in docs/decisions/ say why, and why bleach sees only unusual HTML.
It trusts none of the modules that make the HTML: the parsers escape text themselves, and the sanitizer is the second
line of defence.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from bleach.sanitizer import Cleaner

SCHEMES = ("http", "https", "mailto")
SCHEME_PATTERN = r"(?ai:https?://|mailto:)"
LANGUAGE = re.compile(r"[a-z0-9_+#.-]{1,20}")  # of a code block

# Each allowed tag, and what it may contain. HTML that keeps to this is parsed as it is written: no parser closes or
# moves an element of its own accord. A link may not contain a link or a mention at any depth.
_inline = frozenset("br strong em del code a span".split())
_blocks = frozenset("p pre blockquote ul ol table".split())
_content = {
    "": _blocks,
    **dict.fromkeys(("p", "strong", "em", "del", "a", "th", "td"), _inline),
    **dict.fromkeys(("ul", "ol"), frozenset({"li"})),
    "li": _inline | _blocks,
    "blockquote": _blocks,
    "pre": frozenset({"code"}),
    "code": frozenset({"br"}),
    "table": frozenset({"thead", "tbody"}),
    "thead": frozenset({"tr"}),
    "tbody": frozenset({"tr"}),
    "tr": frozenset({"th", "td"}),
    "br": frozenset(),
    "span": frozenset(),
}
_never_in_links = frozenset(("a", "span"))
ALLOWED_TAGS = frozenset(_content) - {""}
_alignments = ("left", "center", "right")
_alignment = re.compile("|".join(_alignments))
ALLOWED_ATTRIBUTES = {
    ("a", "href"): re.compile(rf"{SCHEME_PATTERN}\S+"),
    ("a", "title"): re.compile(r"[^\n]*"),
    ("ol", "start"): re.compile(r"[0-9]{1,3}"),
    ("code", "class"): re.compile(rf"language-{LANGUAGE.pattern}"),
    ("pre", "data-language"): LANGUAGE,
    ("li", "class"): re.compile(r"task"),
    ("p", "class"): re.compile(r"emoji"),
    ("span", "class"): re.compile(r"mention"),
    ("span", "data-username"): re.compile(r"[^\x00-\x1f\x7f]+"),
    ("th", "align"): _alignment,
    ("td", "align"): _alignment,
}
# The sanitizer adds these itself. dir="auto" isolates the text direction of each block from its neighbours.
ADDED_ATTRIBUTES = {
    "a": {"rel": "noopener noreferrer nofollow", "target": "_blank"},
    "p": {"dir": "auto"},
    "li": {"dir": "auto"},
    "blockquote": {"dir": "auto"},
}


def sanitize(html: str) -> str:
    """The HTML reduced to the allowed tags and attributes, with the added attributes. Other tags are escaped.

    HTML that is known to be safe is returned as it is. bleach gets everything else.
    """
    return html if is_known_safe(html) else _thread_local.cleaner.clean(html)


def is_known_safe(html: str) -> bool:
    """Whether the HTML is text and tags that are written exactly as the renderer writes them, and nested as allowed."""
    opened = [""]
    for piece in html.split("<")[1:]:
        tag, closed, _ = piece.partition(">")
        if not closed:
            return False
        if tag[:1] == "/":
            if len(opened) == 1 or tag[1:] != opened.pop():
                return False
            continue
        name = _exact_tags.get(tag) or _name_of_varying_tag(tag)
        if name not in _content[opened[-1]] or (name in _never_in_links and "a" in opened):
            return False
        if name != "br":
            opened.append(name)
    return len(opened) == 1


def is_allowed_attribute(tag: str, name: str, value: str) -> bool:
    """Whether this tag may carry this attribute with this value."""
    pattern = ALLOWED_ATTRIBUTES.get((tag, name))
    return pattern is not None and pattern.fullmatch(value) is not None


_added = {
    tag: "".join(f' {name}="{value}"' for name, value in attributes.items())
    for tag, attributes in ADDED_ATTRIBUTES.items()
}
_exact_tags = {tag + _added.get(tag, ""): tag for tag in ALLOWED_TAGS - {"a", "ol", "span"}} | {
    'p class="emoji" dir="auto"': "p",
    'li class="task" dir="auto"': "li",
    **{f'{tag} align="{alignment}"': tag for tag in ("th", "td") for alignment in _alignments},
}
# Values hold no quote, no < and no white space or control character, so they end where every HTML parser ends them.
_varying_tag = re.compile(
    rf'(?P<a>a) href="{SCHEME_PATTERN}[^\s"<>\x00-\x1f\x7f]+"(?: title="[^"<>\x00-\x1f\x7f]*")?{re.escape(_added["a"])}'
    r'|(?P<span>span) class="mention" data-username="[^"<>\x00-\x1f\x7f]+"'
    r'|(?P<ol>ol) start="[0-9]{1,3}"'
    rf'|(?P<code>code) class="language-{LANGUAGE.pattern}"'
    rf'|(?P<pre>pre) data-language="{LANGUAGE.pattern}"'
)


def _name_of_varying_tag(tag: str) -> str:
    found = _varying_tag.fullmatch(tag)
    return str(found.lastgroup) if found else "?"


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
