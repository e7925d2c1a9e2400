"""What search knows of a message: its folded text and what the filters compare. Pure."""

from functools import lru_cache
from typing import NamedTuple, Protocol
from zlib import crc32

from chat.storage.timestamps import parse_timestamp
from chat.text.folding import fold

_SECONDS = {f"{second:02}.": 1000 * second for second in range(60)}
_MILLISECONDS = {f"{millisecond:03}Z": millisecond for millisecond in range(1000)}
_START_OF_SECONDS, _END_OF_SECONDS = 17, 20  # in a stored timestamp


class HasText(Protocol):
    """A message, or an edit."""

    @property
    def message(self) -> str | None: ...
    @property
    def username(self) -> str | None: ...
    @property
    def timestamp(self) -> str: ...


class SearchText(NamedTuple):
    """A message as it is searched. `time`: milliseconds since 1970, 0 if it is unknown.

    `has_link`, `has_code`: whether its text may have these. Whether it has, only its HTML tells.
    """

    text: str
    author: str
    time: int
    has_link: bool
    has_code: bool


def search_text(record: HasText) -> SearchText:
    """That of a message, or of an edit."""
    text = fold(record.message or "")
    has_link = "://" in text or "@" in text or "www." in text or "mailto:" in text
    return SearchText(text, folded_name(record.username or ""), milliseconds(record.timestamp), has_link, "`" in text)


@lru_cache(maxsize=4096)
def folded_name(name: str) -> str:
    """The name of an author."""
    return fold(name)


def milliseconds(timestamp: str) -> int:
    """A stored timestamp in milliseconds since 1970, 0 if it is none."""
    seconds = _SECONDS.get(timestamp[_START_OF_SECONDS:_END_OF_SECONDS])
    fraction = _MILLISECONDS.get(timestamp[_END_OF_SECONDS:])
    if seconds is None or fraction is None:
        return _parsed(timestamp)
    minute = _minute(timestamp[:_START_OF_SECONDS])
    return _parsed(timestamp) if minute is None else minute + seconds + fraction


@lru_cache(maxsize=4096)
def _minute(start: str) -> int | None:
    """The milliseconds of a minute such as "2026-11-30T12:00:"; None if it is none. Parsing takes a microsecond."""
    return _parsed(f"{start}00.000Z") or None


def _parsed(timestamp: str) -> int:
    moment = parse_timestamp(timestamp)
    return max(0, round(moment.timestamp() * 1000)) if moment else 0


def author_number(author: str, numbers: int) -> int:
    """A folded name as a number below `numbers`. Different names may share one."""
    return crc32(author.encode()) % numbers
