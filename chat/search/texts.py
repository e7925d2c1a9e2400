"""What search knows of a message: its folded text and what the filters compare. Pure."""

from typing import NamedTuple
from zlib import crc32

from chat.search.folding import fold
from chat.storage.records import Record
from chat.storage.timestamps import parse_timestamp


class SearchText(NamedTuple):
    """A message as it is searched. `time`: milliseconds since 1970, 0 if it is unknown.

    `has_link`, `has_code`: whether its text may have these. Whether it has, only its HTML tells.
    """

    text: str
    author: str
    time: int
    has_link: bool
    has_code: bool


def search_text(record: Record) -> SearchText:
    """That of a message, or of an edit."""
    text = record.message or ""
    return SearchText(
        fold(text),
        fold(record.username or ""),
        milliseconds(record.timestamp),
        "://" in text or "@" in text or "www." in text.lower() or "mailto:" in text.lower(),
        "`" in text,
    )


def milliseconds(timestamp: str) -> int:
    """A stored timestamp in milliseconds since 1970, 0 if it is none."""
    moment = parse_timestamp(timestamp)
    return max(0, round(moment.timestamp() * 1000)) if moment else 0


def author_number(author: str, numbers: int) -> int:
    """A folded name as a number below `numbers`. Different names may share one."""
    return crc32(author.encode()) % numbers
