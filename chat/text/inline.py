"""Inline markup of one paragraph: bold, italic, strikethrough, code, links. mistune parses it by the rules below.

blocks.py calls this and bounds its work; the result still has to pass the sanitizer. Three things differ from Markdown
in a document: there are no HTML, no images and no link references; a bare URL is a link; and characters that authors
rarely mean as markup stay as typed (identifiers, arithmetic, emoticons, paths).
"""

import re
import unicodedata

from django.utils.html import escape
from mistune import HTMLRenderer, InlineParser
from mistune.core import BlockState, InlineState
from mistune.plugins.formatting import parse_strikethrough

from chat.text.cost import URL_SCHEME
from chat.text.names import INVISIBLE
from chat.text.sanitizer import SCHEME_PATTERN, SCHEMES

MAX_DEPTH = 6  # of nested emphasis; blocks.py uses it for nested blocks
LINK_DESTINATION = re.compile(rf"\(\s*<?{SCHEME_PATTERN}")
BIDI_CONTROLS = r"\u202a-\u202e\u2066-\u2069"  # these reverse text: `gpj.exe` shows as `exe.jpg`. For a character class
TAG_OR_INVISIBLE = re.compile(rf"<[^>]*>|[{INVISIBLE}]")
URL_TERMINATORS = rf"\s<>{BIDI_CONTROLS}"  # for a character class


def render_inline(text: str) -> str:
    """HTML of the text of one paragraph."""
    return _renderer.render_tokens(_parser(text, {}), BlockState())


def escape_text(text: str) -> str:
    """HTML of text without markup. Quotes need no escape outside of attributes, and the sanitizer escapes a >."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")


class _InlineParser(InlineParser):
    HARD_LINEBREAK = r" *\n"
    SPECIFICATION = InlineParser.SPECIFICATION | {
        # \*so\* loses its backslashes; those of C:\*.txt and of a shrug protect the next character, and stay.
        "escaped_pair": r"(?<![^\s(])"  # at the start of the text, after a space, or after the bracket of (\*so\*)
        r"(?P<escapes>(?:\\[*_~`])+)"  # \* or \*\*
        r"(?! )[^\\\n]+(?<! )"  # so; a space may stand inside, as in \*so it is\*
        r"(?P=escapes)"  # \* or \*\*, as in front
        r"(?=[).,;:!?]*(?:\s|\Z))",  # at the end of a word, also with the full stop of \*so\*.
        "escape": r"\\[*_~`\[\]]",  # \* or \[
        "link": r"\[",  # [text](https://example.org)
        "bare_url": rf"<{SCHEME_PATTERN}[^{URL_TERMINATORS}]+>"  # <https://example.org>
        # or the part of https://example.org that begins with the colon. In front of it, at the start of a word:
        r"|(?i:(?<=(?<![^\W_])http)|(?<=(?<![^\W_])https)|(?<=(?<![^\W_])mailto)):"
        r"(?:(?<=[pPsS]:)//|(?<=[oO]:))"  # :// for http and https, : for mailto
        r"(?=[^\W_]|\[)"  # the e of example.org, or the [ of https://[2001:db8::1]
        rf"(?:[^{URL_TERMINATORS}\"`()\[\]]++"  # example.org/a?b=c
        rf"|\([^{URL_TERMINATORS}\"`()]*\)"  # (Chat), as in https://example.org/IRC_(Chat); but not the ) of a sentence
        rf"|\[[^{URL_TERMINATORS}\"`\[\]]*\])+",  # [2001:db8::1]
    }

    def parse_escaped_pair(self, m: re.Match[str], state: InlineState) -> int:
        escapes = m["escapes"]
        delimiter = escapes.replace("\\", "")
        self.process_text(delimiter + m[0][len(escapes) : -len(escapes)] + delimiter, state, parse_emphasis=False)
        return m.end()

    def parse_escape(self, m: re.Match[str], state: InlineState) -> int:
        self.process_text(m[0], state, parse_emphasis=False)
        return m.end()

    def parse_emphasis(self, m: re.Match[str], state: InlineState) -> int:
        """Identifiers like __init__, arithmetic like 2*3*4 and emoticons like ^_^ are not emphasis."""
        neighbours = state.src[max(m.start() - 1, 0) : m.start()] + state.src[m.end() : m.end() + 1]
        is_inside = len(neighbours) == 2
        in_arithmetic = is_inside and neighbours.isascii() and neighbours.isalnum()
        in_emoticon = is_inside and "_" in m[0] and not any(c.isspace() or c.isalnum() for c in neighbours)
        self.process_text(m[0], state, parse_emphasis=not ("__" in m[0] or in_arithmetic or in_emoticon))
        return m.end()

    def parse_link_close(self, m: re.Match[str], state: InlineState) -> int:
        """`[text](https://example.org)` is a link, `[text](notes.txt)` is not: the URL needs an allowed scheme.

        mistune takes brackets for text while `in_link` is set.
        """
        state.in_link = not LINK_DESTINATION.match(state.src, m.end())
        return super().parse_link_close(m, state)

    def parse_bare_url(self, m: re.Match[str], state: InlineState) -> int:
        """The rule matches at the colon, which is rarer than h and m, so the scheme is already parsed as text."""
        if m[0].startswith("<"):
            self.append_link(m[0][1:-1], state)
            return m.end()
        rest = m[0].rstrip(".,;:!?'*_~")
        before = state.tokens[-1]["raw"]
        size = next(len(scheme) for scheme in SCHEMES if before.lower().endswith(scheme))
        state.tokens[-1]["raw"] = before[:-size]
        self.append_link(before[-size:] + rest, state)
        return m.start() + len(rest)

    def append_link(self, url: str, state: InlineState) -> None:
        text = {"type": "text", "raw": url}
        state.append_token({"type": "link", "children": [text], "attrs": {"url": url}, "_autolink": url})


class _HtmlRenderer(HTMLRenderer):
    def text(self, text: str) -> str:
        return escape_text(text)

    def codespan(self, text: str) -> str:
        return f"<code>{escape_text(text)}</code>"

    def strikethrough(self, text: str) -> str:
        return f"<del>{text}</del>"

    def linebreak(self) -> str:
        return "<br>"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A link whose text looks like another URL would deceive the reader, so both are shown."""
        shown_url = escape_text(url)
        if _looks_like_url(text) and text != shown_url:
            return f"[{text}]({self.link(shown_url, url)})"
        return f'<a href="{escape(url)}">{text.strip() or shown_url}</a>'


def _looks_like_url(html: str) -> bool:
    """To a reader, who does not see tags or invisible characters, and reads a full-width letter as a letter."""
    visible = unicodedata.normalize("NFKC", TAG_OR_INVISIBLE.sub("", html))
    return bool(URL_SCHEME.search(visible) or re.search(f"[{BIDI_CONTROLS}]", html))


def _make_parser() -> _InlineParser:
    """`start_chars` lets mistune skip the text between the characters that the rules start with."""
    parser = _InlineParser(hard_wrap=True, max_nested_level=MAX_DEPTH)
    parser.rules = ["escape", "codespan", "emphasis", "link", "link_close", "linebreak"]
    parser.register("strikethrough", r"~~(?=[^\s~])", parse_strikethrough, before="link", start_chars=["~"])
    parser.register("escaped_pair", None, _InlineParser.parse_escaped_pair, before="escape", start_chars=["\\"])
    parser.register("bare_url", None, _InlineParser.parse_bare_url, start_chars=[":", "<"])
    return parser


_parser = _make_parser()
_renderer = _HtmlRenderer()
