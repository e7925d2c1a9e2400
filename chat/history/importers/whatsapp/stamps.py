"""The date and time in front of WhatsApp's messages. The phone's language decides their shape, which nothing states.

The shape is taken from the first message of a file. Every other message of the file has the same one, so that a line
of a text that begins with some other date is not taken for a message.
"""

import re
from typing import NamedTuple

from chat.history.importers.halves import is_half, word_of

MARKS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff"  # direction marks, which are not seen

_number = re.compile(r"\d+")

MAX_PREFACE = 3  # lines in front of the first message, of whoever edited the file

_space = "[ \t\u00a0\u2009\u202f]"
_separator = rf"[{MARKS}./\-年月년월 \u00a0\u2009\u202f]{{1,4}}"
_words = r"[^\d\n:<>\[\]]"  # such as ", ", " à ", " klo ", "日 下午" and " p. m."
_date = rf"(?P<a>\d{{1,4}})(?P<sep1>{_separator})(?P<b>\d{{1,2}})(?P<sep2>{_separator})(?P<c>\d{{1,4}})"
_time = (
    rf"(?P<hour>\d{{1,2}})(?P<colon>{_space}?[:.h]{_space}?)\d{{2}}"
    rf"(?P<seconds>{_space}?(?:[:.]|min){_space}?\d{{2}}(?:{_space}?s\b)?)?"
)
_open = rf"[{MARKS}]*(?P<open>\[?)"
_gap = rf"(?P<gap>{_words}{{1,24}}?)"
_tail = rf"(?P<tail>{_words}{{0,24}}?)"
_end = rf"(?P<end>\]{_space}|{_space}[-–]{_space}|:{_space})"
_first = (
    re.compile(rf"{_open}{_date}{_gap}{_time}{_tail}{_end}"),
    re.compile(rf"{_open}{_time}{_gap}{_date}{_tail}{_end}"),
)


class Shape(NamedTuple):
    """How the stamps of a file look.

    `pattern` matches a line end and the stamp behind it; its groups are the direction marks in front, the date and the
    time, the latter with all words around it; `date_first` is the order of these two. `head` matches a stamp at the
    start of a line, and, as two more groups, a name and the beginning of a text. `is_dotted`: dates are written with
    dots. `preface`: how many lines stand in front of the first stamp.
    """

    pattern: re.Pattern[str]
    head: re.Pattern[str]
    date_first: bool
    is_dotted: bool
    preface: int


def find_shape(text: str) -> Shape | None:
    """The shape of the stamp with which a text begins, None if it does not begin with one."""
    for line in range(MAX_PREFACE + 1):
        for pattern in _first:
            if (first := pattern.match(text)) and _is_closed(first):
                return _shape(first, line)
        text = text.partition("\n")[2]
    return None


def _is_closed(first: re.Match[str]) -> bool:
    """Brackets come in pairs. A colon behind the time is old, and stands behind nothing but the time."""
    if first["end"].startswith(":") and word_of(first["tail"]) and not is_half(first["tail"]):
        return False
    return bool(first["open"]) == first["end"].startswith("]")


def _shape(first: re.Match[str], preface: int) -> Shape:
    date_first = first.start("a") < first.start("hour")
    numbers = [_digits(first[name]) for name in "abc"]
    date = f"({numbers[0]}{_like_separator(first['sep1'])}{numbers[1]}{_like_separator(first['sep2'])}{numbers[2]})"
    time = rf"\d{{1,2}}{_like(first['colon'])}\d{{2}}"
    if first["seconds"]:
        time += "".join(r"\d{2}" if part.isdecimal() else _like(part) for part in re.split(r"(\d+)", first["seconds"]))
    gap, tail = _like_words(first["gap"]), _like_words(first["tail"])
    both = f"{date}({gap}{time}{tail})" if date_first else f"({time}{gap}){date}{tail}"
    pattern = f"([{MARKS}]*){re.escape(first['open'])}{both}{_like(first['end'].rstrip())}{_space}"
    head = "^" + pattern + r"(?:([^:\n]*(?::[^ \n][^:\n]*)*): ([^\n]{0,60}))?"
    return Shape(re.compile(rf"\n{pattern}"), re.compile(head, re.M), date_first, "." in first["sep1"], preface)


def _digits(number: str) -> str:
    return r"\d{4}" if len(number) == 4 else r"\d{1,2}"


def _like(text: str) -> str:
    """An expression for this text, with any kind of space and any direction marks."""
    out = ""
    for part in re.findall(rf"[{MARKS}]+|\s|.", text):
        out += f"[{MARKS}]*" if re.match(f"[{MARKS}]", part) else _space if part.isspace() else re.escape(part)
    return out


def _like_separator(text: str) -> str:
    """The same for what stands between the numbers of a date. Files that were put together may have several."""
    return "[./-]" if text in ("/", ".", "-") else _like(text)


def _like_words(text: str) -> str:
    """The same for what stands around a time. If there are words, they may be others: AM and PM."""
    return f"{_words}{{0,24}}?" if any(character.isalpha() for character in text) else _like(text)


def date_numbers(text: str) -> tuple[int, int, int]:
    """The numbers of a date, as they stand."""
    first, second, third = _number.findall(text)
    return int(first), int(second), int(third)
