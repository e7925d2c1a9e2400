"""Discord's Markdown as chatsite's.

The export has replaced mentions by names, emoji of a server by `:name:` and times by words; with `--markdown false`
they are still codes. Discord takes signs within words for markup, and chatsite does not, so all is written anew.
"""

import re
from collections.abc import Iterable, Iterator

from chat.history.importers.text.markdown import Run, bullet, code_block, inline, numbered, quote
from chat.history.importers.text.mentions import mention
from chat.history.importers.text.unmarked import is_unmarked

MAX_DEPTH = 8  # of styles, and of quotes; deeper ones are text

_codes = re.compile(r"[@<#]|\|\|")
_fence = re.compile(r"(?<![\\`])```(?:(?P<language>[\w+.#-]+)\n)?\n*(?P<code>.*?[^\n].*?)\n*```", re.S)
_quote = re.compile(r"^[ ]*(?:>>>[ ](?P<rest>[\s\S]*)|>[ ][^\n]*(?:\n[ ]*>(?:[ ][^\n]*|(?=\n|\Z)))*)", re.M)
_quote_sign = re.compile(r"^[ ]*>[ ]?", re.M)
_heading = re.compile(r"[ ]*#{1,3}[ ]+(?P<text>.+)")
_subtext = re.compile(r"[ ]*-#[ ]+(?P<text>.+)")
_item = re.compile(r"(?P<indent>[ ]*)(?:[-*]|(?P<number>\d{1,9})\.)[ ]+(?P<text>\S.*)")
_token = re.compile(
    r"\\(?P<escaped>[^0-9A-Za-z\s])"
    r"|(?P<ticks>`+)(?!`)(?P<code>.*?[^`])(?P=ticks)(?!`)"
    r"|<(?P<auto>(?:https?|mailto):[^\s<>]+)>"
    r"|\[(?P<label>(?:\\.|\[[^\[\]]*\]|[^\[\]\\])+)\]"
    r"\(\s*<?(?P<url>(?:https?|mailto):(?:\([^\s()]*\)|[^\s()<>])+)>?(?:\s+\"[^\"]*\")?\s*\)"
    r"|(?P<address>https?://[^\s<>]+)"
    r"|<a?:(?P<emoji>\w+):\d+>"
    r"|<(?P<sigil>@[!&]?|\#)(?P<id>\d+)>"
    r"|</(?P<command>[^:>]+):\d+>"
    r"|\*\*(?P<bold>.+?)\*\*(?!\*)"
    r"|__(?P<underline>.+?)__(?!_)"
    r"|~~(?P<strike>.+?)~~"
    r"|\|\|(?P<spoiler>.+?)\|\|"
    r"|\b_(?P<italic>(?:__|\\.|[^\\_])+?)_\b"
    r"|\*(?=\S)(?P<star>(?:\*\*|\\.|\s+(?:[^*\s\\]|\\.|\*\*)|[^\s*\\])+?)\*(?!\*)",
    re.S,
)
_styles = ("bold", "strike", "italic", "star", "underline", "spoiler")


def markdown(content: str, names: Iterable[str] = (), depth: int = 0) -> str:
    """The Markdown of a message. `names`: of the people whom it mentions, as in `@Ada Lovelace`."""
    if is_unmarked(content) and not _codes.search(content):
        return content
    known = tuple(sorted((name for name in names if name), key=len, reverse=True))
    return "\n".join(_blocks(content, known, depth))


def _blocks(text: str, names: tuple[str, ...], depth: int) -> Iterator[str]:
    at = 0
    while at < len(text):
        fence = _fence.search(text, at)
        found = _quote.search(text, at) if depth < MAX_DEPTH else None
        block = min((each for each in (fence, found) if each), key=lambda each: each.start(), default=None)
        end = block.start() if block else len(text)
        if between := text[at:end].removesuffix("\n" if block else ""):
            yield from _lines(between, names)
        if block is None:
            return
        if block is fence:
            yield code_block(block["code"], block["language"] or "")
        else:
            inner = block["rest"] if block["rest"] is not None else _quote_sign.sub("", block[0])
            yield quote(markdown(inner, names, depth + 1))
        at = block.end() + text.startswith("\n", block.end())


def _lines(text: str, names: tuple[str, ...]) -> Iterator[str]:
    """Headings, small text and items are a line each; the lines between them are one text."""
    waiting: list[str] = []
    for line in text.split("\n"):
        block = _line(line, names)
        if block is None:
            waiting.append(line)
            continue
        if waiting:
            yield _inline("\n".join(waiting), names)
            waiting = []
        yield block
    if waiting:
        yield _inline("\n".join(waiting), names)


def _line(line: str, names: tuple[str, ...]) -> str | None:
    if found := _heading.fullmatch(line):
        return inline(run._replace(bold=True) for run in _runs(found["text"], names))
    if found := _subtext.fullmatch(line):
        return _inline(found["text"], names)
    if found := _item.fullmatch(line):
        text, depth = _inline(found["text"], names), len(found["indent"]) // 2
        return numbered(text, int(found["number"]), depth) if found["number"] else bullet(text, depth)
    return None


def _inline(text: str, names: tuple[str, ...]) -> str:
    return inline(_runs(text, names))


def _runs(text: str, names: tuple[str, ...], style: Run = Run(""), depth: int = 0) -> Iterator[Run]:  # noqa: B008
    at = 0
    for token in _token.finditer(text) if depth < MAX_DEPTH else ():
        yield from _words(text[at : token.start()], names, style)
        yield from _token_runs(token, names, style, depth)
        at = token.end()
    yield from _words(text[at:], names, style)


def _token_runs(token: re.Match[str], names: tuple[str, ...], style: Run, depth: int) -> Iterator[Run]:
    kind = str(token.lastgroup)
    if kind in _styles:
        yield from _runs(token[kind], names, _styled(style, kind), depth + 1)
    elif kind == "url":
        yield from _runs(token["label"], names, style._replace(link=token["url"]), depth + 1)
    elif kind == "code":
        yield style._replace(text=token["code"].strip() or token["code"], code=True)
    else:
        yield style._replace(text=_shown(token, kind))


def _styled(style: Run, kind: str) -> Run:
    match kind:
        case "bold":
            return style._replace(bold=True)
        case "strike":
            return style._replace(strike=True)
        case "italic" | "star":
            return style._replace(italic=True)
    return style


def _shown(token: re.Match[str], kind: str) -> str:
    match kind:
        case "emoji":
            return f":{token['emoji']}:"
        case "id":
            return {"#": "#channel", "@&": "@role"}.get(token["sigil"], f"@{token['id']}")
        case "command":
            return f"/{token['command']}"
        case _:
            return token[kind]


def _words(text: str, names: tuple[str, ...], style: Run) -> Iterator[Run]:
    """Plain text, in which the names of mentioned people are mentions."""
    at = 0
    while (found := text.find("@", at)) >= 0 and names:
        name = next((name for name in names if text.startswith(name, found + 1)), None)
        end = found + 1 + len(name or "")
        yield style._replace(text=text[at : found if name else end])
        if name:
            yield style._replace(text=mention(name), raw=True)
        at = end
    if text[at:]:
        yield style._replace(text=text[at:])
