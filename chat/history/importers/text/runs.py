"""Styled runs of text to chatsite's Markdown, which knows emphasis at the edges of words only.

The runs become one text with spans over it, which spans.py writes.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from chat.history.importers.text.calm import calm_markdown
from chat.history.importers.text.spans import Kind, Span, Writer
from chat.text.links import addresses
from chat.text.literal import literal

_paragraph_break = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_backticks = re.compile(r"`+")
_scheme = re.compile(r"\w+://")
_schemes = ("http://", "https://", "mailto:")


class Run(NamedTuple):
    """A piece of text with one style. `raw`: the text is Markdown already."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str | None = None
    raw: bool = False


class _Text(NamedTuple):
    """The text of all runs, the kind of each character, and the runs with their start and end."""

    text: str
    kinds: list[Kind]
    runs: list[tuple[Run, int, int]]


_ways = {"strike": ("~~", "w~~", ""), "italic": ("*", "_", "w*", ""), "bold": ("**", "w**", ""), "code": ("`", "")}


def inline(runs: Iterable[Run]) -> str:
    """Markdown of styled runs: spaces stand outside of delimiters, and each paragraph has delimiters of its own."""
    given = [run for run in runs if run.text or run.link]
    if (calm := calm_markdown(given)) is not None:
        return calm
    found = list(_with_plain_links(given))
    if all(run == (run.text, False, False, False, False, None, False) for run in found):
        return literal("".join(run.text for run in found))
    text = _joined(found)
    styled = {style: list(_styled(text, style)) for style in _ways}
    spans = [*styled["strike"], *styled["italic"], *styled["bold"], *_linked(text), *styled["code"]]  # outer ones first
    return Writer(text.text, text.kinds, spans).write()


def code(text: str) -> str:
    """Code in a line, or a block where the text has several lines."""
    return inline([Run(text, code=True)])


def code_block(text: str, language: str = "") -> str:
    """A code block, whatever fences the text holds."""
    longest = max((len(run) for run in _backticks.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _with_plain_links(runs: list[Run]) -> Iterator[Run]:
    """Links whose text is their address, or the beginning of it, and those that chatsite does not have, are text."""
    for url, group in groupby(runs, key=lambda run: run.link or None):
        linked = list(group)
        label = "".join(run.text for run in linked).strip()
        if url is None or (label and url.lower().startswith(_schemes) and not _is_shortened(label, url)):
            yield from linked
        elif not label or _is_shortened(label, url):
            yield Run(url)
        else:
            yield from (run._replace(link=None) for run in linked)
            if label != url:
                yield Run(f" ({url})")


def _is_shortened(label: str, url: str) -> bool:
    beginning = _scheme.sub("", label.rstrip("…."))
    return label.endswith(("…", "...")) and len(beginning) > 8 and _scheme.sub("", url).startswith(beginning)


def _joined(runs: list[Run]) -> _Text:
    text = ""
    kinds: list[Kind] = []
    places: list[tuple[Run, int, int]] = []
    for run in runs:
        piece, kind = run.text, Kind.RAW if run.raw else Kind.TEXT
        if run.code and "\n" in piece.strip("\n"):
            piece = ("" if not text or text.endswith("\n") else "\n") + code_block(piece.strip("\n")) + "\n"
            run, kind = Run(piece, raw=True), Kind.RAW  # noqa: PLW2901
        elif run.code:
            piece, kind = piece.replace("\n", " "), Kind.CODE
        places.append((run, len(text), len(text) + len(piece)))
        kinds += [kind] * len(piece)
        text += piece
    return _Text(text, kinds, places)


def _styled(text: _Text, style: str) -> Iterator[Span]:
    for has_style, group in groupby(text.runs, key=lambda place: bool(getattr(place[0], style))):
        places = list(group)
        if has_style:
            for start, end in _parts(text, places[0][1], places[-1][2]):
                yield Span(start, end, _ways[style])


def _linked(text: _Text) -> Iterator[Span]:
    known = {(found.start, found.end): found.url for found in addresses(text.text)}
    for url, group in groupby(text.runs, key=lambda place: place[0].link):
        places = list(group)
        if url is None:
            continue
        for start, end in _parts(text, places[0][1], places[-1][2]):
            if known.get((start, end)) not in (url, f"{url}/", url.replace("https:", "http:", 1).removesuffix("/")):
                yield Span(start, end, ("[", "("), url)


def _parts(text: _Text, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A part of the text without the blanks at its edges, and without blank lines."""
    breaks = [(found.start(), found.end()) for found in _paragraph_break.finditer(text.text, start, end)]
    for first, last in zip([start, *(behind for _, behind in breaks)], [*(at for at, _ in breaks), end], strict=True):
        piece = text.text[first:last]
        if piece.strip():
            yield first + len(piece) - len(piece.lstrip()), last - len(piece) + len(piece.rstrip())
