"""mIRC's codes in the text of IRC: characters that switch bold, italic and colours on and off.

Styles toggle, may overlap, and end with the line. Underline, reverse and colours have no counterpart and are dropped.
"""

import re
from collections.abc import Iterator

from chat.history.importers.text.markdown import Run, inline, literal
from chat.history.importers.text.unmarked import is_unmarked

_any_code = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_code = re.compile(
    r"\x03(?:\d{1,2}(?:,\d{1,2})?)?"  # a colour: at most two digits, and a comma only if a digit follows
    r"|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?"
    r"|[\x00-\x08\x0b-\x1f\x7f]"
)
_toggles = {"\x02": "bold", "\x1d": "italic", "\x1e": "strike", "\x11": "code"}
_reset = "\x0f"


def markdown(text: str) -> str:
    """A line of IRC in chatsite's Markdown."""
    if is_unmarked(text):
        return text
    return literal(text) if _any_code.search(text) is None else inline(_runs(text))


def action(nick: str, text: str) -> str:
    """What somebody does ("/me waves"): all of it in italics, with the nick in front."""
    return inline(run._replace(italic=True) for run in _runs(f"{nick} {text}"))


def without_codes(text: str) -> str:
    """The words alone."""
    return _code.sub("", text)


def _runs(text: str) -> Iterator[Run]:
    bold = italic = strike = code = False
    end = 0
    for found in _code.finditer(text):
        if found.start() > end:
            yield Run(text[end : found.start()], bold, italic, strike, code)
        end = found.end()
        match _toggles.get(found[0]):
            case "bold":
                bold = not bold
            case "italic":
                italic = not italic
            case "strike":
                strike = not strike
            case "code":
                code = not code
            case _ if found[0] == _reset:
                bold = italic = strike = code = False
    if end < len(text):
        yield Run(text[end:], bold, italic, strike, code)
