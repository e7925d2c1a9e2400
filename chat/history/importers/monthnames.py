"""The months of dates in the language of a system, as logs have them: "Feb", "févr.", " 2月"."""

import re
from collections.abc import Iterator
from datetime import date

from chat.history.importers.calendar_names import ENGLISH, CalendarNames, languages, plain_name

_number = re.compile(r"\d{1,2}")


def month_of(word: str, year: int, day: int, weekday: str = "") -> int | None:
    """The month that a word means, None if it is none.

    A short name may mean several: Polish "lis" is November, Croatian "lis" October. The weekday decides, if it is told.
    """
    if number := _number.match(word):
        return int(number[0]) if 1 <= int(number[0]) <= 12 else None
    for candidates in (_english, languages):  # most logs are English: the others are read when they are needed
        found = {month for names in candidates() for month in _months_in(names, plain_name(word), year, day, weekday)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _english() -> list[CalendarNames]:
    return [ENGLISH]


def _months_in(names: CalendarNames, word: str, year: int, day: int, weekday: str) -> Iterator[int]:
    for month, (full, short) in enumerate(zip(names.months, names.short_months, strict=True), 1):
        if not _means(word, (*full, short)):
            continue
        try:
            number = date(year, month, day).weekday()
        except ValueError:
            continue
        right = (names.weekdays[number], names.short_weekdays[number])
        if any(name.startswith(plain_name(weekday)) for name in right):
            yield month


def _means(word: str, names: tuple[str, ...]) -> bool:
    return any(len(word) > 1 and name.startswith(word) for name in names) or word in names
