"""WhatsApp's markup: *bold*, _italic_, ~strike~, `code`, ```block```, and lines with > , - , * or 1. in front.

Marks stand at the edges of words and in one line; everything else is text, and so is what stands in an address.
"""

import re
from collections.abc import Callable, Iterator

from chat.history.importers.text.markdown import Run, bullet, code, inline, literal, quote

_signs = re.compile(r"[*_~`\\\[]|^[ \t]*(?:[->|]|\d+\.\s)", re.M)
_inner_signs = re.compile(r"[*_~`\\\[]")
_starts = frozenset("->|0123456789 \t")
_block = re.compile(r"```(?P<code>(?!`).+?)```", re.S)
_line = re.compile(r"(?P<quote>> )|(?P<bullet>[-*] (?=\S))|(?P<number>\d{1,3})\. (?=\S)")
_piece = re.compile(
    r"(?P<url>https?://\S+)"
    r"|(?<![`\w])`(?P<code>[^`\n]+)`(?![`\w])"
    r"|(?<!\w)(?P<mark>[*_~])(?<!(?P=mark)(?P=mark))(?!\s|(?P=mark))(?P<text>[^\n]+?)(?<!\s)(?<!(?P=mark))(?P=mark)(?!\w|(?P=mark))"
)
_styles: dict[str, Callable[[Run], Run]] = {
    "*": lambda run: run._replace(bold=True),
    "_": lambda run: run._replace(italic=True),
    "~": lambda run: run._replace(strike=True),
}


def markdown(text: str) -> str:
    """A message of WhatsApp in chatsite's Markdown."""
    if _is_plain(text):
        return text
    parts: list[str] = []
    end = 0
    for block in _block.finditer(text):
        parts += [_lines(text[end : block.start()]), _code(block["code"])]
        end = block.end()
    parts.append(_lines(text[end:]))
    return "".join(parts)


def _is_plain(text: str) -> bool:
    """Whether there is no sign of markup. It is asked for every message of a chat."""
    if _inner_signs.search(text) is not None:
        return False
    return ("\n" not in text and text[:1] not in _starts) or _signs.search(text) is None


def _code(text: str) -> str:
    return f"\n{code(text.strip(chr(10)))}\n" if "\n" in text else code(text)


def _lines(text: str) -> str:
    return "\n".join(_read_line(line) for line in text.split("\n"))


def _read_line(line: str) -> str:
    start = _line.match(line)
    rest = line[start.end() :] if start else line
    if start is None:
        return _inline(rest)
    if start["quote"]:
        return quote(_inline(rest))
    return bullet(_inline(rest)) if start["bullet"] else f"{start['number']}. {_inline(rest)}"


def _inline(text: str) -> str:
    if all(piece["url"] for piece in _piece.finditer(text)):
        return literal(text)
    return inline(_runs(text, Run("")))


def _runs(text: str, style: Run) -> Iterator[Run]:
    """The pieces of a line. Marks nest: the text inside is read again with the style added."""
    end = 0
    for piece in _piece.finditer(text):
        if piece.start() > end:
            yield style._replace(text=text[end : piece.start()])
        end = piece.end()
        if piece["url"]:
            yield style._replace(text=piece["url"])
        elif piece["code"]:
            yield style._replace(text=piece["code"], code=True)
        else:
            yield from _runs(piece["text"], _styles[piece["mark"]](style))
    if end < len(text):
        yield style._replace(text=text[end:])
