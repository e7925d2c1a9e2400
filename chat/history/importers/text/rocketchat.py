"""Rocket.Chat's markup: one or two signs for each style, quotes, lists, headings, code; else what was typed."""

import re
from collections.abc import Iterator

from chat.history.importers.text.markdown import Run, bullet, code_block, inline, numbered, quote
from chat.history.importers.text.marks import marked_runs
from chat.history.importers.text.shortcodes import SHORTCODE, with_emoji
from chat.text.languages import LANGUAGES

_special = re.compile(r"[*_~`\\|\[<>#\n]|:\w|\A[\s\d+-]")
_fence = re.compile(r"```(?P<code>.+?)```", re.S)
_language = re.compile(r"[\w+#.-]*")
_token = re.compile(
    r"`(?P<code>[^`\n]+)`|!?\[(?P<label>[^\]\n]{0,300})\]\((?P<url>[^)\s]+)\)|<(?P<address>https?://[^|>\s]+)\|(?P<named>[^>\n]+)>"
    rf"|(?P<bare>https?://\S*[^\s*_~.,;:!?)])|(?P<emoji>{SHORTCODE})|(?P<mark>\*+|_+|~+)|(?P<newline>\n)"
)
_line = re.compile(
    r"(?P<quote>>[ \t]?)|(?P<bullet>[ \t]*[-*][ \t]+)|(?P<number>\d{1,3})\.[ \t]+|(?P<heading>#{1,4}[ \t]+)"
)
_STYLES = {"*": "bold", "**": "bold", "_": "italic", "__": "italic", "~": "strike", "~~": "strike"}


def markdown(text: str) -> str:
    """chatsite's Markdown of a message."""
    if not _special.search(text):
        return text
    return "\n".join(block for block in _blocks(text.strip("\n")) if block)


def _blocks(text: str) -> Iterator[str]:
    end = 0
    for fence in _fence.finditer(text):
        if not fence["code"].strip():
            continue
        yield from _lines(text[end : fence.start()].removeprefix("\n" if end else "").removesuffix("\n"))
        yield _code(fence["code"])
        end = fence.end()
    yield from _lines(text[end:].removeprefix("\n" if end else ""))


def _code(inside: str) -> str:
    """What stands between two fences; the first line may be the language."""
    first, newline, rest = inside.partition("\n")
    language = first.strip().lower()
    if newline and _language.fullmatch(language) and (not language or language in LANGUAGES):
        return code_block(rest.rstrip(), language)
    return code_block(inside.strip("\n").rstrip())


def _lines(text: str) -> Iterator[str]:
    """Neighbouring lines of one kind are one block, but for the items of a list."""
    group: list[str] = []
    was_quoted = False
    for line in text.split("\n") if text else ():
        found = _line.match(line)
        rest = line[found.end() :] if found else line
        is_quoted = found is not None and found.lastgroup == "quote"
        if group and (is_quoted != was_quoted or (found and not is_quoted)):
            yield _paragraph(group, was_quoted)
            group = []
        if found and not is_quoted:
            yield _single(found, rest)
            continue
        was_quoted = is_quoted
        group.append(rest)
    if group:
        yield _paragraph(group, was_quoted)


def _paragraph(lines: list[str], is_quoted: bool) -> str:
    text = inline(_runs("\n".join(lines)))
    return quote(text) if is_quoted else text


def _single(found: "re.Match[str]", rest: str) -> str:
    """A line that is a block: an item, or a heading."""
    if found["heading"]:
        return inline(run._replace(bold=not run.code) for run in _runs(rest))
    return numbered(inline(_runs(rest)), int(found["number"])) if found["number"] else bullet(inline(_runs(rest)))


def _runs(text: str) -> list[Run]:
    return marked_runs(text, _token, _STYLES, words=str, piece=_piece)


def _piece(token: "re.Match[str]") -> Run:
    if token["code"]:
        return Run(token["code"], code=True)
    if token["bare"] or token["emoji"]:
        return Run(token["bare"] or with_emoji(token["emoji"]))
    url, label = token["url"] or token["address"], token["label"] or token["named"] or ""
    if url.startswith(("http://", "https://", "mailto:")):
        return Run(label.strip() or url, link=url)
    return Run(f"{label} ({url})")
