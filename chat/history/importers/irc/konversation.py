"""Lines of Konversation, as irssi would write them: the language of the desktop is in their dates and times."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from chat.history.importers.halves import is_second, word_of
from chat.history.importers.irc.days import day_of
from chat.history.importers.worded_dates import moment_of_words

_stamp = r"\[(?P<date>[^\]:\n]*\d{4}[^\]:\n]*)\] \[(?P<time>[^\W\d]*\.? ?\d{1,2}[:.]\d\d[:.]\d\d[^\]\n]*)\] "
BEGINS = re.compile(rf"^{_stamp}", re.M)

_line = re.compile(rf"{_stamp}(?P<body>.*)")
_clock = re.compile(r"(\d{1,2})[:.](\d\d)[:.](\d\d)")
_said = re.compile(r"<[^\t>-][^\t>]*>\t|\t \* ")
_notice = re.compile(r"[^\t]*\t-(?P<nick>[^\s-]\S*?)(?: to \S+)?- (?P<text>.*)")


def plain_lines(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines of a log with their numbers. Those without a time say when the program was started."""
    for number, line in lines:
        if found := _line.fullmatch(line):
            yield number, f"{_day(found['date'])} {_time(found['time'])} {_body(found['body'])}"
        elif not line.startswith("*** "):
            yield number, line


def _body(body: str) -> str:
    """People speak behind `<name>`. Anything else has a word for its kind, in any language, and ends with a stop."""
    if _said.match(body):
        return body.lstrip("\t")
    if found := _notice.fullmatch(body):
        return f"-{found['nick']}- {found['text']}"
    return "-!- " + body.partition("\t")[2].removesuffix(".")


@lru_cache(maxsize=256)
def _day(text: str) -> str:
    """The day in ISO 8601, the text itself if it is not understood."""
    if found := day_of(text):
        return found.isoformat()
    try:
        return f"{datetime.fromtimestamp(moment_of_words(f'{text} 0:00') / 1000, UTC):%Y-%m-%d}"
    except ValueError:
        return text


def _time(text: str) -> str:
    """23:58:33, from a time that may have a half of the day in front or behind. The name of a zone is left out."""
    found = _clock.search(text)
    assert found is not None, "the line has one"
    hour, behind = int(found[1]), text[found.end() :].split()
    words = {word_of(text[: found.start()]), word_of("".join(behind[:1])), word_of("".join(behind[:2]))}
    is_late = is_second(hour, words)
    if is_late is not None and hour <= 12:
        hour = hour % 12 + 12 * is_late
    return f"{hour:02}:{found[2]}:{found[3]}"
