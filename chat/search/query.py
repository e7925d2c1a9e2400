"""The query language: what a person types into the search field -> Query, or QueryError. Pure; docs/search.md has it.

deploy "release notes" from:ada after:2026-11-01 has:link in:ops
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.search.texts import SearchText
from chat.text.folding import fold

MAX_CHARACTERS = 500
MAX_WORDS = 20
FILTERS = ("from", "before", "after", "has", "in")
_QUOTES = '"“”„'
_token = re.compile(
    rf"(?:(?P<filter>{'|'.join(FILTERS)}):)?(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?:[{_QUOTES}]|$)|(?P<word>\S+)|(?=\s|$))",
    re.IGNORECASE,
)


class QueryError(ValueError):
    """A query that cannot be carried out. `reason` is a sentence for people, translated when it is read."""

    def __init__(self, reason: str | Promise, **fields: object) -> None:
        super().__init__(reason)
        self._reason, self._fields = reason, fields

    @property
    def reason(self) -> str:
        """The sentence in the active language."""
        return str(self._reason).format(**self._fields)


@dataclass(frozen=True)
class Query:
    """What a message must have: every word (folded; a phrase is one with blanks), and what the filters say.

    `author`: a folded name, "" for any. `after`, `before`: milliseconds since 1970; a message is at `after` or later,
    and earlier than `before`. `room`: as it was typed, "" for any.
    """

    words: tuple[str, ...] = ()
    author: str = ""
    after: int = 0
    before: int | None = None
    has_link: bool = False
    has_code: bool = False
    room: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every message would match."""
        return replace(self, room="") == Query()

    def until(self, time: int) -> "Query":
        """The same for messages that are not newer than this time, in milliseconds since 1970."""
        return replace(self, before=min(self.before or time + 1, time + 1))

    def matches(self, found: SearchText) -> bool:
        """Whether a message is found."""
        return (
            self.after <= found.time
            and (self.before is None or found.time < self.before)
            and self.author in ("", found.author)
            and (found.has_link or not self.has_link)
            and (found.has_code or not self.has_code)
            and all(word in found.text for word in self.words)
        )


def parse_query(text: str, filters: Iterable[tuple[str, str]] = ()) -> Query:
    """The query of a text, and of filters that were given as parameters, which win. Raises `QueryError`."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(_("A search can have {most} characters."), most=MAX_CHARACTERS)
    query = Query()
    for found in _token.finditer(text):
        name, value = found["filter"], found["phrase"] if found["phrase"] is not None else found["word"] or ""
        query = _filtered(query, name.lower(), value) if name else _with_word(query, fold(value))
    for name, value in filters:
        query = _filtered(query, name, value)
    if len(query.words) > MAX_WORDS:
        raise QueryError(_("A search can have {most} words."), most=MAX_WORDS)
    return query


def _with_word(query: Query, word: str) -> Query:
    return query if not word or word in query.words else replace(query, words=(*query.words, word))


def _filtered(query: Query, name: str, value: str) -> Query:
    if not fold(value):
        raise QueryError(_("Something is missing behind “{name}:”."), name=name)
    match name:
        case "from":
            return replace(query, author=fold(value.removeprefix("@")))
        case "before":
            return replace(query, before=_start_of(_day(value, name)))
        case "after":
            return replace(query, after=_start_of(_day(value, name) + timedelta(days=1)))
        case "in":
            return replace(query, room=value.removeprefix("#"))
    match value.lower():
        case "link":
            return replace(query, has_link=True)
        case "code":
            return replace(query, has_code=True)
    raise QueryError(_("“has:” knows link and code, not “{value}”."), value=value)


def _day(text: str, name: str) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        day = None
    if day is None or day.year < 1970 or day.year > 9000:
        raise QueryError(_("“{name}:” needs a day such as 2026-11-30, not “{value}”."), name=name, value=text)
    return day


def _start_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
