"""Telegram's pieces of text as chatsite's Markdown.

A text is a string, or a list of strings and of pieces with one style each; the styles within a piece are lost in the
export. Mentions, hashtags, spoilers and custom emoji are text.
"""

from typing import Any

from chat.history.importers.fields import Record, string
from chat.history.importers.text.markdown import Run, code_block, inline, literal, quote

_schemes = ("http://", "https://", "mailto:", "tg://", "tonsite://", "ftp://")


def markdown(text: Any) -> str:
    """The Markdown of a `text` or `text_entities`."""
    if isinstance(text, str):
        return literal(text)
    blocks: list[str] = []
    runs: list[Run] = []
    for piece in pieces(text):
        kind, words = string(piece, "type"), string(piece, "text")
        if kind not in ("pre", "blockquote"):
            runs.append(_run(kind, words, piece))
        elif words.strip():
            blocks += [inline(runs).strip("\n"), _block(kind, words, piece)]
            runs = []
    return "\n".join(block for block in (*blocks, inline(runs).strip("\n") if blocks else inline(runs)) if block)


def plain(text: Any) -> str:
    """The words alone."""
    return "".join(string(piece, "text") for piece in pieces(text))


def pieces(text: Any) -> list[Record]:
    """Every piece as a record; strings are plain."""
    found = text if isinstance(text, list) else [text]
    return [piece if isinstance(piece, dict) else {"text": piece} for piece in found if isinstance(piece, (str, dict))]


def _run(kind: str, words: str, piece: Record) -> Run:
    match kind:
        case "bold":
            return Run(words, bold=True)
        case "italic":
            return Run(words, italic=True)
        case "strikethrough":
            return Run(words, strike=True)
        case "code":
            return Run(words, code=True)
        case "text_link":
            return Run(words, link=string(piece, "href") or None)
        case "link":
            return Run(words, link=words if words.lower().startswith(_schemes) else f"https://{words}")
    return Run(words)


def _block(kind: str, words: str, piece: Record) -> str:
    if kind == "pre":
        return code_block(words.strip("\n"), _language(string(piece, "language")))
    return quote(inline([Run(words.strip("\n"))]))


def _language(name: str) -> str:
    return name if name.isprintable() and "`" not in name and " " not in name else ""
