"""WhatsApp's markup: *bold*, _italic_, ~strike~, `code`, ```block```, and lines with > , - , * or 1. in front.

Marks stand at the edges of words and in one line; everything else is text, and so is what stands in an address.
"""

import re
from collections.abc import Callable, Iterator

from chat.history.importers.text.markdown import Run, bullet, code, inline, literal, quote
from chat.history.importers.text.unmarked import is_unmarked

_block = re.compile(r"```(?P<code>(?!`).+?)```", re.S)
_line = re.compile(r"(?P<quote>> )|(?P<bullet>[-*] (?=\S))|(?P<number>\d{1,3})\. (?=\S)")
_piece = re.compile(
    r"(?P<url>https?://\S+)"
    r"|(?<![`\w])`(?P<code>[^`\n]+)`(?![`\w])"
    r"|(?<!\w)(?P<mark>[*_~])(?<!(?P=mark)(?P=mark))(?!\s|(?P=mark))(?P<text>[^\n]+?)(?<!\s)(?<!(?P=mark))(?P=mark)(?!\w|(?P=mark))"
)
# Words between marks with nothing else around: these need no look at how marks meet.
_simple = re.compile(
    r"(?P<space>(?:^|(?<=\s))\(?)(?P<mark>[*_~])(?P<text>[^\W_](?:[\w ,.'-]*[^\W_])?)(?P=mark)(?=[).,;:!?]*(?:\s|$))"
)
_chatsite = {"*": "**", "_": "*", "~": "~~"}
_styles: dict[str, Callable[[Run], Run]] = {
    "*": lambda run: run._replace(bold=True),
    "_": lambda run: run._replace(italic=True),
    "~": lambda run: run._replace(strike=True),
}


def markdown(text: str) -> str:
    """A message of WhatsApp in chatsite's Markdown."""
    if is_unmarked(text):
        return text
    if is_unmarked(_simple.sub(r"\g<space>\g<text>", text)):
        return _simple.sub(_simple_style, text)
    parts: list[str] = []
    end = 0
    for block in _block.finditer(text):
        parts += [_lines(text[end : block.start()]), _code(block["code"])]
        end = block.end()
    parts.append(_lines(text[end:]))
    return "".join(parts)


def _simple_style(found: re.Match[str]) -> str:
    mark = _chatsite[found["mark"]]
    return f"{found['space']}{mark}{found['text']}{mark}"


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
