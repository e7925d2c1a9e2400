"""The marks inside a line of a message: bold, italic, strike, code, links. mistune reads them, by these rules of ours.

A helper of markup.py, which knows blocks, bounds the work and sanitizes what is made here. Three things differ from
Markdown in a document: there is no HTML, no image and no reference; an address is a link without brackets; and what
people do not mean as markup stays as they typed it (names, sums, faces, paths, shrugs).
"""

import re
import unicodedata

from django.utils.html import escape
from mistune import HTMLRenderer, InlineParser
from mistune.core import BlockState, InlineState
from mistune.plugins.formatting import parse_strikethrough

from chat.text.names import INVISIBLE

MAX_DEPTH = 6
SCHEMES = ("http", "https", "mailto")
SCHEME = r"(?i:https?://|mailto:)"
URL = re.compile(SCHEME)
DESTINATION = re.compile(rf"\(\s*<?{SCHEME}")
DIRECTION_OVERRIDES = r"\u202a-\u202e\u2066-\u2069"  # what turns text around: `gpj.exe` shows as `exe.jpg`
INVISIBLE_OR_TAG = re.compile(rf"<[^>]*>|[{INVISIBLE}]")
URL_END = rf"\s<>{DIRECTION_OVERRIDES}"  # of an address


def render_inline(text: str) -> str:
    """HTML of a text whose blocks are read already: one paragraph."""
    return _renderer.render_tokens(_parser(text, {}), BlockState())


def escape_text(text: str) -> str:
    """HTML of a text without marks. Quotes need no escape outside of attributes, and the sanitizer escapes a >."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")


class _InlineMarkup(InlineParser):
    HARD_LINEBREAK = r" *\n"
    SPECIFICATION = InlineParser.SPECIFICATION | {
        # \*so\* loses its backslashes; those of C:\*.txt and of a shrug protect what follows, and stay
        "unmarked": r"(?<![^\s(])(?P<unmark>(?:\\[*_~`])+)(?! )[^\\\n]+(?<! )(?P=unmark)(?=[).,;:!?]*(?:\s|\Z))",
        "escape": r"\\[*_~`\[\]]",
        "link": r"\[",
        "bare_link": rf"<{SCHEME}[^{URL_END}]+>|(?i:(?<=(?<![^\W_])http)|(?<=(?<![^\W_])https)|(?<=(?<![^\W_])mailto)):"
        r"(?:(?<=[pPsS]:)//|(?<=[oO]:))(?=[^\W_]|\[)"
        rf"(?:[^{URL_END}\"`()\[\]]++|\([^{URL_END}\"`()]*\)|\[[^{URL_END}\"`\[\]]*\])+",
    }

    def parse_unmarked(self, m: re.Match[str], state: InlineState) -> int:
        mark = m["unmark"]
        shown = mark.replace("\\", "")
        self.process_text(shown + m[0][len(mark) : -len(mark)] + shown, state, parse_emphasis=False)
        return m.end()

    def parse_escape(self, m: re.Match[str], state: InlineState) -> int:
        self.process_text(m[0], state, parse_emphasis=False)
        return m.end()

    def parse_emphasis(self, m: re.Match[str], state: InlineState) -> int:
        """Names like __init__, sums like 2*3*4 and faces like ^_^ are no emphasis."""
        around = state.src[max(m.start() - 1, 0) : m.start()] + state.src[m.end() : m.end() + 1]
        in_sum = len(around) == 2 and around.isascii() and around.isalnum()
        in_face = len(around) == 2 and "_" in m[0] and not any(c.isspace() or c.isalnum() for c in around)
        self.process_text(m[0], state, parse_emphasis=not ("__" in m[0] or in_sum or in_face))
        return m.end()

    def parse_link_close(self, m: re.Match[str], state: InlineState) -> int:
        """Brackets with no address of an allowed scheme behind them are text, which is what `in_link` brings about."""
        state.in_link = not DESTINATION.match(state.src, m.end())
        return super().parse_link_close(m, state)

    def parse_bare_link(self, m: re.Match[str], state: InlineState) -> int:
        """An address is found by its colon, which is rare, not by its h or m; its scheme was read as text by then."""
        if m[0].startswith("<"):
            self.link_to(m[0][1:-1], state)
            return m.end()
        rest = m[0].rstrip(".,;:!?'*_~")
        before = state.tokens[-1]["raw"]
        size = next(len(scheme) for scheme in SCHEMES if before.lower().endswith(scheme))
        state.tokens[-1]["raw"] = before[:-size]
        self.link_to(before[-size:] + rest, state)
        return m.start() + len(rest)

    def link_to(self, url: str, state: InlineState) -> None:
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
        """Brackets around one address do not hide another."""
        address = escape_text(url)
        if _looks_like_url(text) and text != address:
            return f"[{text}]({self.link(address, url)})"
        return f'<a href="{escape(url)}">{text.strip() or address}</a>'


def _looks_like_url(html: str) -> bool:
    """To a reader, who sees neither tags nor joiners, and takes a wide letter for a letter."""
    seen = unicodedata.normalize("NFKC", INVISIBLE_OR_TAG.sub("", html))
    return bool(URL.search(seen) or re.search(f"[{DIRECTION_OVERRIDES}]", html))


def _make_parser() -> _InlineMarkup:
    """Told the characters that our rules start with, mistune skips the text in between."""
    marks = _InlineMarkup(hard_wrap=True, max_nested_level=MAX_DEPTH)
    marks.rules = ["escape", "codespan", "emphasis", "link", "link_close", "linebreak"]
    marks.register("strikethrough", r"~~(?=[^\s~])", parse_strikethrough, before="link", start_chars=["~"])
    marks.register("unmarked", None, _InlineMarkup.parse_unmarked, before="escape", start_chars=["\\"])
    marks.register("bare_link", None, _InlineMarkup.parse_bare_link, start_chars=[":", "<"])
    return marks


_parser = _make_parser()
_renderer = _HtmlRenderer()
