"""Addresses in text, and the links that they become.

An address ends where a reader would end it: before a space, a quote or the punctuation of a sentence, in any script.
Its brackets are counted, so `(see https://example.org/Foo_(bar))` loses the last one. Nothing but http, https and
mailto becomes a link.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from chat.text.escape import escape_attribute, escape_text
from chat.text.names import INVISIBLE
from chat.text.normalizing import normalized
from chat.text.sanitizer import ADDED_ATTRIBUTES, SCHEME_PATTERN

BIDI_CONTROLS = r"\u202a-\u202e\u2066-\u2069"  # these reverse text: `gpj.exe` shows as `exe.jpg`. For a character class
UNSEEN = re.compile(rf"<[^>]*>|[{INVISIBLE}*_~`]")  # and marks, which a reader overlooks
RESEMBLES_URL = re.compile(rf"{SCHEME_PATTERN}|(?i:\bwww\.)|[{BIDI_CONTROLS}]")
MAX_BRACKETS = 8  # within each other, in an address
MAX_LOCAL_PART = 64  # characters before the @ of an e-mail address

_punctuation = "。，、；：！？（）「」『』【】《》〈〉〔〕［］｛｝｡､“”„‟«»‹›‘‛"
_plain = rf"[^\s<>|\"`(){{}}\[\]{BIDI_CONTROLS}{_punctuation}’,']++"
_comma = ",(?!https?://)"  # http://a.example,http://b.example are two
_address = re.compile(rf"(?:{_plain}|{_comma}|[’'](?=[A-Za-z]))+")  # Ohm's; not the quote around an address
_in_brackets = re.compile(rf"(?:{_plain}|{_comma}|’(?=[A-Za-z])|')+")  # (from:'a',to:'b')
_trigger = re.compile(r"[:.@]")
_closing = {"(": ")", "[": "]", "{": "}"}
_scheme_before_colon = re.compile(r"(?i:(?<![a-z0-9])(?:https?|mailto))\Z")
_www = re.compile(r"(?ai:(?<![\w.@/:=-])www)\Z")
_www_host = re.compile(r"(?:[^\W_](?:[^\W_]|-)*+\.){1,8}?[^\W\d_]{2}")  # a bound, as every dot may begin a host
_local_part = re.compile(r"[a-z0-9](?:[\w+-]|[.%](?=[\w+-]))*+\Z", re.I | re.A)
_not_before_local_part = re.compile(r"[\w./:!~=\\@+%-]\Z", re.A)
_mail_domain = re.compile(
    r"(?:[^\W_](?:[^\W_]|-)*+\.)+(?:[A-Za-z]{2,}+|[^\W\d_A-Za-z]{2,}+)"  # ada@example.org请 ends before 请
    r"(?![-A-Za-z0-9_@]|:\S)"  # git@example.org:ada/chat is none
)

_parentheses = r"[^\s()<>]"
for _ in range(3):  # a destination may hold brackets within brackets, three deep
    _parentheses = rf"(?:[^\s()<>]++|\({_parentheses}*+\))"
LINK_TARGET = re.compile(
    rf"\([ \t]*+\n?[ \t]*+(?:<(?P<angle>{SCHEME_PATTERN}[^<>\n]++)>|(?P<url>{SCHEME_PATTERN}{_parentheses}++))"
    r"(?:\s++(?:\"(?P<double>[^\"\n]*+)\"|'(?P<single>[^'\n]*+)'))?\s*+\)"
)
_unsafe_in_url = re.compile(rf"[\s\x00-\x1f\x7f{BIDI_CONTROLS}]")
_tag = "".join(f' {name}="{value}"' for name, value in ADDED_ATTRIBUTES["a"].items())


class Address(NamedTuple):
    """An address in a text: its range, and where it leads."""

    start: int
    end: int
    url: str


def addresses(text: str) -> Iterator[Address]:
    """All addresses in a text without markup, from left to right."""
    at = start = 0
    while found := _trigger.search(text, at):
        address = find_address(text, found.start(), start, lambda delimiter: False)
        at = address.end if address else found.end()
        if address:
            start = at
            yield address


def find_address(text: str, at: int, start: int, is_open: Callable[[str], bool]) -> Address | None:
    """The address around the `:`, `.` or `@` at this place; it begins at `start` or later.

    `is_open` tells whether a delimiter stands open in front: only then `*https://example.org/*` ends before its `*`.
    """
    match text[at]:
        case ":":
            return _find_url(text, at, start, is_open)
        case ".":
            return _find_www(text, at, start, is_open)
    return _find_mail(text, at, start)


def _find_url(text: str, at: int, start: int, is_open: Callable[[str], bool]) -> Address | None:
    is_mail = not text.startswith("//", at + 1)
    scheme = _scheme_before_colon.search(text, max(start, at - 6), at)
    if scheme is None or is_mail != (scheme[0][0] in "mM"):
        return None
    host = at + 1 if is_mail else at + 3
    if not (text[host : host + 1].isalnum() or (text.startswith("[", host) and not is_mail)):
        return None
    end = _end(text, host, is_open)
    return Address(scheme.start(), end, text[scheme.start() : end]) if end > host else None


def _find_www(text: str, at: int, start: int, is_open: Callable[[str], bool]) -> Address | None:
    www = _www.search(text, max(start, at - 4), at)
    if www is None or not _www_host.match(text, at + 1):
        return None
    end = _end(text, at + 1, is_open)
    return Address(www.start(), end, "http://" + text[www.start() : end])


def _find_mail(text: str, at: int, start: int) -> Address | None:
    domain = _mail_domain.match(text, at + 1)
    first = max(start, at - MAX_LOCAL_PART)
    local = _local_part.search(text, first, at) if domain else None
    if domain is None or local is None or _not_before_local_part.search(text, max(local.start() - 1, 0), local.start()):
        return None
    return Address(local.start(), domain.end(), "mailto:" + text[local.start() : domain.end()])


def _end(text: str, start: int, is_open: Callable[[str], bool]) -> int:
    end = _end_of_brackets(text, start)
    while end > start and (
        text[end - 1] in ".,;:!?'’…"
        or (text[end - 1] in "*_~" and is_open(text[end - 1]))
        or (text[end - 1] == "\\" and text[end : end + 1] in ("*", "_", "~", "`", "\\"))  # of an escaped sign
    ):
        end -= 1
    return end


def _end_of_brackets(text: str, at: int) -> int:
    """The address ends at a bracket that closes none of its own, or at the first one that is never closed."""
    opened: list[tuple[int, str]] = []
    while len(opened) <= MAX_BRACKETS:
        found = (_in_brackets if opened else _address).match(text, at)
        at = found.end() if found else at
        bracket = text[at : at + 1]
        if bracket in _closing:
            opened.append((at, _closing[bracket]))
        elif opened and bracket == opened[-1][1]:
            opened.pop()
        else:
            break
        at += 1
    return opened[0][0] if opened else at


def link_html(html: str, url: str, title: str | None = None) -> str:
    """A link. One whose text looks like another URL would deceive the reader, so both are shown."""
    url = _unsafe_in_url.sub(lambda found: quote(found[0]), url)
    if RESEMBLES_URL.search(_visible(html)) and html != escape_text(url):
        return f"[{html}]({address_html(escape_text(url), url)})"
    attribute = f' title="{escape_attribute(title)}"' if title else ""
    return f'<a href="{escape_attribute(url)}"{attribute}{_tag}>{html.strip() or escape_text(url)}</a>'


def address_html(html: str, url: str) -> str:
    """A link whose text is the address itself."""
    return f'<a href="{escape_attribute(url)}"{_tag}>{html}</a>'


def _visible(html: str) -> str:
    """What a reader sees, who sees neither tags nor invisible characters, and reads a full-width letter as a letter."""
    controls = "\u202e" if re.search(f"[{BIDI_CONTROLS}]", html) else ""
    return normalized("NFKC", UNSEEN.sub("", html)) + controls
