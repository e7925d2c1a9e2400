"""CommonMark with tables and strikethrough, as Mattermost and Zulip write it, to chatsite's Markdown.

chatsite shows less than CommonMark and reads some signs otherwise, so the text is parsed and written anew: headings
become bold lines, images links, escapes and entities what they mean. What a dialect has beside CommonMark are rules of
its parser, which make tokens of their own: `Token("run")` with a `Run` in `meta`.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from chat.history.importers.text.markdown import Run, bullet, code_block, inline, literal, numbered, quote
from chat.history.importers.text.marks import joined
from chat.history.importers.text.shortcodes import with_emoji
from chat.text.languages import LANGUAGES

MAX_NESTED = 5  # fences in fences
MAX_BRACKETS = 2000  # of one kind in a text; the parser takes a second for these, and four for twice as many
_mark = re.compile(r"[\\`*_~>|<&\[]|:\w|\$\$|(?:\A|\n)[ \t]*(?:[-+#=\d]|\n)|\A\s|\n[ \t]|[ \t]\n|\r|\s\Z")
_address_scheme = re.compile(r"\bhttps?\Z", re.I)
_address_rest = re.compile(r"://[^\s<>]*[^\s<>?!.,:;*_~'\")\]]/?(?:\([^\s<>()]*\))?")
_scheme = re.compile(r"(?:https?|mailto):", re.I)

Fence = Callable[[str, str, int], str | None]  # the info, the code, the depth: its Markdown, or None for code
Reference = Callable[[re.Match[str]], Run]
_RUN = "run"
_DASHES = {"text-align:left": ":-", "text-align:center": ":-:", "text-align:right": "-:"}


class Dialect(NamedTuple):
    """A parser, what its fences mean, and what stands behind the text of a link that chatsite makes no link of."""

    parser: MarkdownIt
    fence: Fence
    other_link: Callable[[str], Run] = lambda target: Run(f" ({target})" if target else "")


def parser() -> MarkdownIt:
    """A parser without HTML, to which a dialect may add rules. Line ends are line breaks, as in every chat."""
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["strikethrough", "table"])
    made.inline.ruler.before("emphasis", "address", _read_address)
    return made.disable(["html_block", "html_inline"])


def _read_address(state: StateInline, silent: bool) -> bool:
    """A bare address: the signs in it are no marks. Text stops at the colon, when its scheme is read already."""
    scheme = _address_scheme.search(state.pending)
    found = _address_rest.match(state.src, state.pos, state.posMax) if scheme else None
    if scheme is None or found is None:
        return False
    if not silent:
        state.pending = state.pending[: scheme.start()]
        state.push(_RUN, "", 0).meta["run"] = Run(scheme[0] + found[0])
    state.pos = found.end()
    return True


def add_reference(made: MarkdownIt, name: str, pattern: re.Pattern[str], read: Reference) -> None:
    """A rule for what a dialect writes in a line, such as `@**Ada**`. It begins with a sign that text stops at."""

    def rule(state: StateInline, silent: bool) -> bool:
        found = pattern.match(state.src, state.pos, state.posMax)
        if found is None:
            return False
        if not silent:
            state.push(_RUN, "", 0).meta["run"] = read(found)
        state.pos = found.end()
        return True

    made.inline.ruler.before("emphasis", name, rule)


def commonmark(text: str, dialect: Dialect, depth: int = 0) -> str:
    """chatsite's Markdown of a text. One without a sign that CommonMark or chatsite reads stays as it is."""
    if not _mark.search(text):
        return text
    if max(text.count("["), text.count("<")) > MAX_BRACKETS:
        return literal(text)
    return _Writer(dialect, depth).blocks(dialect.parser.parse(text))


class _Writer:
    """Blocks and runs from the tokens of one text."""

    def __init__(self, dialect: Dialect, depth: int) -> None:
        self.dialect = dialect
        self.depth = depth

    def blocks(self, tokens: list[Token]) -> str:
        text, last = "", ""
        at = 0
        while at < len(tokens):
            token = tokens[at]
            end = _closing(tokens, at)
            kind = token.type.removesuffix("_open")
            block = self.block(kind, token, tokens[at + 1 : end])
            if block.strip():
                text += (_gap(last, kind) if text else "") + block
                last = kind
            at = end + 1
        return text

    def block(self, kind: str, token: Token, inner: list[Token]) -> str:
        match kind:
            case "inline":
                return inline(self.runs(token.children or []))
            case "heading":
                runs = self.runs(inner[0].children or [])
                return inline(run._replace(bold=not run.code and not run.raw) for run in runs)
            case "blockquote":
                return quote(self.blocks(inner))
            case "bullet_list" | "ordered_list":
                return "\n".join(self.items(kind, token, inner))
            case "fence" | "code_block":
                return self.code(token)
            case "hr":
                return "---"
            case "table":
                return "\n".join(self.rows(inner))
        return self.blocks(inner)

    def code(self, token: Token) -> str:
        code = token.content.removesuffix("\n")
        special = self.dialect.fence(token.info.strip(), code, self.depth) if self.depth < MAX_NESTED else None
        language = token.info.strip().split(" ")[0].lower()
        return special if special is not None else code_block(code, language if language in LANGUAGES else "")

    def items(self, kind: str, token: Token, inner: list[Token], depth: int = 0) -> Iterator[str]:
        """The items of a list, with the lists in them, which end an item."""
        number = int(token.attrGet("start") or 1) if kind == "ordered_list" else 0
        at = 0
        while at < len(inner):
            end = _closing(inner, at)
            content, lists = _split_lists(inner[at + 1 : end])
            item = self.blocks(content)
            yield numbered(item, number, depth) if kind == "ordered_list" else bullet(item, depth)
            for nested in lists:
                yield from self.items(nested[0].type.removesuffix("_open"), nested[0], nested[1:-1], depth + 1)
            number += 1
            at = end + 1

    def rows(self, inner: list[Token]) -> Iterator[str]:
        cells: list[str] = []
        dashes: list[str] = []  # of the line below the head
        for token in inner:
            if token.type == "th_open":
                dashes.append(_DASHES.get(str(token.attrGet("style")), "-"))
            elif token.type == "inline":
                cells.append(inline(self.runs(token.children or [])).replace("|", "\\|"))
            elif token.type == "tr_close":
                yield f"|{'|'.join(cells)}|"
                if dashes:
                    yield f"|{'|'.join(dashes)}|"
                dashes, cells = [], []

    def runs(self, tokens: list[Token]) -> list[Run]:
        """The pieces of a paragraph with the styles that are open around them."""
        return joined(self.pieces(tokens))

    def pieces(self, tokens: list[Token]) -> Iterator[Run]:
        style = Run("")
        target = ""
        for token in tokens:
            match token.type:
                case "strong_open" | "strong_close":
                    style = style._replace(bold=token.nesting > 0)
                case "em_open" | "em_close":
                    style = style._replace(italic=token.nesting > 0)
                case "s_open" | "s_close":
                    style = style._replace(strike=token.nesting > 0)
                case "link_open":
                    target = str(token.attrGet("href") or "")
                    style = style._replace(link=target if _scheme.match(target) else None)
                case "link_close":
                    if style.link is None:
                        yield self.dialect.other_link(target)
                    style = style._replace(link=None)
                case "softbreak" | "hardbreak":
                    yield style._replace(text="\n")
                case "code_inline":
                    yield style._replace(text=token.content, code=True)
                case "image":
                    target = str(token.attrGet("src") or "")
                    if _scheme.match(target):
                        yield style._replace(text=token.content or "image", link=target)
                    else:
                        yield style._replace(text=token.content or "image")
                        yield self.dialect.other_link(target)
                case "run":
                    run: Run = token.meta["run"]
                    link = run.link if run.raw else style.link
                    yield run._replace(bold=style.bold, italic=style.italic, strike=style.strike, link=link)
                case _:
                    yield style._replace(text=with_emoji(token.content))


def _closing(tokens: list[Token], at: int) -> int:
    """The place of the token that closes this one, or its own."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            return place
    return len(tokens)


def _split_lists(tokens: list[Token]) -> tuple[list[Token], list[list[Token]]]:
    """The blocks of an item, and the lists behind them."""
    starts: list[int] = []
    at = 0
    while at < len(tokens):
        is_list = tokens[at].type in ("bullet_list_open", "ordered_list_open")
        starts = [*starts, at] if is_list else []
        at = _closing(tokens, at) + 1
    ends = [*starts[1:], len(tokens)]
    lists = [tokens[start:end] for start, end in zip(starts, ends, strict=True)] if starts else []
    return tokens[: starts[0] if starts else None], lists


def _gap(last: str, kind: str) -> str:
    """Between two blocks: an empty line where chatsite would read them as one."""
    lists = ("bullet_list", "ordered_list")
    return (
        "\n\n" if last == kind or (last in lists and kind in lists) or {last, kind} == {"paragraph", "inline"} else "\n"
    )
