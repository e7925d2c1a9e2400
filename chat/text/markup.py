"""Text to safe HTML: what a person typed becomes what the others read.

Rendering happens when an event is encoded: in the storage thread right after the batch is on disk (step 4 of the
path), or beside it when a page is read. What is stored is the text. `render` holds up the server while it runs, so its
work is bounded whatever the text holds:

    A message is charged, by the table `Price`, for each block and line break, each link, each & and <, each mark (a run
    of _ or ~ or `, one or two *, a backslash), each bracket, and for its length. Above MAX_WORK all of it is shown
    plain: escaped, with its line breaks, as typed. Blocks and emphasis nest MAX_DEPTH deep; deeper marks are text.

A list of thirty links fits, so do forty items with bold words, and code is charged for its & and < alone. Blocks
(fences, quotes, lists) are read here because a chat is not a document: a newline is a line break, a quote ends with its
last marked line, a list keeps the numbers that were typed. marks.py reads the lines. `sanitize` believes neither.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import takewhile
from textwrap import dedent
from typing import Any

from bleach.sanitizer import Cleaner
from django.utils.html import escape

from chat.text.inline import MAX_DEPTH, SCHEME, SCHEMES, URL, escape_text, render_inline

MAX_COST = 4950
COST_PER_MESSAGE = 500  # that a message may make before it counts as more than one


class Cost(IntEnum):
    """What is charged against MAX_WORK: the most microseconds that it took on a small machine, in any message."""

    SPECIAL = 14  # & or <
    BRACKET = 2
    BREAK = 37
    MARK = 32
    BLOCK = 50
    LINK = 88


CHARACTERS_PER_UNIT = 4

MARKUP = re.compile(rf"[*`]|~~|(?<!\w)_|\]\(|{SCHEME}|^[ \t]*(?:>|-[ ]|\d{{1,3}}\.[ ])", re.M)
MARK = re.compile(r"\*{1,2}|_+|~+|`+|\\")
GAP = re.compile(r"<br>(?:[ \t]*<br>)+")

OPENING = re.compile(r"(?P<fence>[ ]{0,3}(?:```|~~~))|(?P<quote>[ ]{0,3}>)|(?P<item>[ \t]*[-*\d])")
FENCED = re.compile(r"^[ ]{0,3}(```|~~~)[\s\S]*?(?:\1|\Z)", re.M)
FENCE = re.compile(r"[ ]*(`{3,}|~{3,})[ ]*(.*)")
LANGUAGE = re.compile(r"[a-zA-Z0-9_+#.-]{1,20}")
QUOTE = re.compile(r"[ ]{0,3}>(?=[\s>]|[^\W_]|$)[ ]?")  # but >:( and >_< are faces
ITEM = re.compile(r"([ \t]*)(?:[-*]|(0|[1-9]\d{0,2})\.)[ \t]+(?![-*\s]*$)")  # but - - - is a line somebody drew

TAGS = frozenset("p br strong em del code pre blockquote ul ol li a".split())
ATTRIBUTES = {
    ("a", "href"): re.compile(rf"{SCHEME}\S+"),
    ("ol", "start"): re.compile(r"[0-9]{1,3}"),
    ("code", "class"): re.compile(rf"language-{LANGUAGE.pattern}"),
}
# Set by the sanitizer itself. Blocks that find their own direction keep right-to-left text away from their neighbours.
FIXED = {
    "a": {"rel": "noopener noreferrer nofollow", "target": "_blank"},
    "p": {"dir": "auto"},
    "li": {"dir": "auto"},
    "blockquote": {"dir": "auto"},
}


def render(text: str) -> str:
    """Safe HTML of one message, for `<div class="message-body">`. The module says what bounds its work."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if MARKUP.search(text):
        try:
            return sanitize("".join(_Message(text).blocks(text.split("\n"))))
        except _TooExpensive:
            pass
    return render_plain(text)


def message_cost(text: str) -> int:
    """How many messages it counts as where their rate is limited: 1 to 10, by what rendering it would be charged."""
    if not MARKUP.search(text):
        return 1
    prose = FENCED.sub("", text)  # the lines and marks of code cost nothing
    work = _base_cost(text) + _marks_cost(prose) + _brackets_cost(prose) + Cost.BREAK * prose.count("\n")
    return 1 + min(work, MAX_COST) // COST_PER_MESSAGE


def render_plain(text: str) -> str:
    """The text as it was typed, with its line breaks: for what has no markup, or too much of it."""
    paragraphs = GAP.split(escape(text).replace("\n", "<br>"))
    return "".join(f'<p dir="auto">{paragraph}</p>' for paragraph in paragraphs if paragraph.strip())


def sanitize(html: str) -> str:
    """TAGS, ATTRIBUTES and FIXED, nothing else of `html`. See docs/decisions/0001-bleach-sanitizer.md."""
    return _thread.cleaner.clean(html)


def allowed(tag: str, name: str, value: str) -> bool:
    """Whether this tag may carry this attribute with this value."""
    pattern = ATTRIBUTES.get((tag, name))
    return pattern is not None and pattern.fullmatch(value) is not None


_FIXED_OF_BLEACH = {tag: {(None, name): value for name, value in FIXED[tag].items()} for tag in FIXED}


def _add_fixed(source: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for token in source:
        if token["type"] == "StartTag":
            token["data"].update(_FIXED_OF_BLEACH.get(token["name"], {}))
        yield token


class _PerThread(threading.local):
    """A Cleaner is worth keeping (building it is a fifth of a short message) and must stay in its thread."""

    def __init__(self) -> None:
        self.cleaner = Cleaner(TAGS, allowed, frozenset(SCHEMES), filters=[_add_fixed])  # type: ignore[list-item]


_thread = _PerThread()


class _TooExpensive(Exception):
    pass


class _Message:
    """One message that has markup, and what it has been charged so far."""

    def __init__(self, text: str) -> None:
        self.work = _base_cost(text)

    def charge(self, price: int) -> None:
        self.work += price
        if self.work > MAX_COST:
            raise _TooExpensive

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
        """The fence, quote or list that opens in line `at` ("" if none does), and the line behind it."""
        opening = OPENING.match(lines[at]) if depth < MAX_DEPTH else None
        if opening is None:
            return "", at + 1
        readers = {"fence": self.read_fence, "quote": self.read_quote, "item": self.read_list}
        return readers[str(opening.lastgroup)](lines, at, depth)

    def read_fence(self, lines: list[str], at: int, depth: int) -> tuple[str, int]:
        """Code up to the line that ends with the fence, or to the end. The word behind the fence names the language."""
        fence, info = FENCE.findall(lines[at])[0]
        if fence[0] in info:
            return "", at + 1
        end = next((i for i in range(at + 1, len(lines)) if lines[i].rstrip().endswith(fence)), len(lines))
        code = lines[at + 1 : end] + [line.rstrip().rstrip(fence[0]) for line in lines[end : end + 1]]
        if not (LANGUAGE.fullmatch(info) and any(code)):
            code.insert(0, info)
            info = ""
        text = "\n".join(code).lstrip("\n").rstrip()
        return (self.code(text, info) if text else self.typed(lines[at : end + 1])), end + 1

    def code(self, text: str, language: str) -> str:
        self.charge(2 * Cost.BLOCK)
        attribute = f' class="language-{escape(language.lower())}"' if language else ""
        return f"<pre><code{attribute}>{text.replace('&', '&amp;').replace('<', '&lt;')}</code></pre>"

    def read_quote(self, lines: list[str], at: int, depth: int) -> tuple[str, int]:
        """The lines marked with > and no others: the answer below needs no empty line in between."""
        quoted = list(takewhile(QUOTE.match, lines[at:]))
        end = at + max(len(quoted), 1)
        if not any(line.strip("> ") for line in quoted):
            return self.typed(quoted), end
        self.charge(Cost.BLOCK)
        inner = "".join(self.blocks([QUOTE.sub("", line, count=1) for line in quoted], depth + 1))
        return f"<blockquote>{inner}</blockquote>", end

    def read_list(self, lines: list[str], at: int, depth: int) -> tuple[str, int]:
        """Items of one indent, each with the deeper lines below it. A number that is not the next one ends the list."""
        match = first = ITEM.match(lines[at])
        if first is None:
            return "", at + 1
        self.charge(Cost.BLOCK)
        items: list[str] = []
        while match and match[1] == first[1] and match[2] == (first[2] and str(int(first[2]) + len(items))):
            end = _end_of_item(lines, at + 1, len(first[1]))
            below = dedent("\n".join(lines[at + 1 : end])).split("\n") if end > at + 1 else []
            items.append(self.item([lines[at][match.end() :], *below], depth))
            at = next((i for i in range(end, len(lines)) if lines[i].strip()), end)
            match = ITEM.match(lines[at]) if at < len(lines) else None
        tag, start = ("ol", f' start="{first[2]}"') if first[2] else ("ul", "")
        return f"<{tag}{start}>{''.join(items)}</{tag}>", end

    def item(self, lines: list[str], depth: int) -> str:
        html = "".join(self.blocks(lines, depth + 1))
        if html.startswith("<p>"):  # in an item the first paragraph has no tag, and gave its price for the item's
            html = html.removeprefix("<p>").replace("</p>", "", 1)
        else:
            self.charge(Cost.BLOCK)
        return f"<li>{html}</li>"

    def typed(self, lines: list[str]) -> str:
        """Markup around nothing."""
        self.charge(Cost.BLOCK + Cost.BREAK * len(lines))
        return f"<p>{escape_text(chr(10).join(lines))}</p>" if lines else ""

    def paragraph(self, lines: list[str]) -> str:
        if not lines:
            return ""
        text = "\n".join(lines)
        marks = _marks_cost(text)
        self.charge(Cost.BLOCK + Cost.BREAK * (len(lines) - 1) + marks + _brackets_cost(text))
        return f"<p>{render_inline(text) if marks else escape_text(text)}</p>"


def _base_cost(text: str) -> int:
    return len(text) // CHARACTERS_PER_UNIT + Cost.SPECIAL * (text.count("&") + text.count("<"))


def _marks_cost(text: str) -> int:
    return Cost.MARK * len(MARK.findall(text)) + Cost.LINK * len(URL.findall(text))


def _brackets_cost(text: str) -> int:
    return Cost.BRACKET * (text.count("[") + text.count("]"))


def _end_of_item(lines: list[str], at: int, indent: int) -> int:
    end = at
    for i in range(at, len(lines)):
        text = lines[i].lstrip()
        if text and len(lines[i]) - len(text) <= indent:
            break
        end = i + 1 if text else end
    return end
