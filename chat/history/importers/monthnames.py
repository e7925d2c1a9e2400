"""The months of dates in the language of a system, as logs have them: "Feb", "févr.", " 2月".

The names come from Django's catalogs, of which most are never read: English is known here.
"""

import gettext
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import django

_months = "January February March April May June July August September October November December".split()
_weekdays = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_number = re.compile(r"\d{1,2}")


class _Language(NamedTuple):
    """All forms of each month's and weekday's name, in small letters."""

    months: list[tuple[str, ...]]
    weekdays: list[tuple[str, ...]]


def month_of(word: str, year: int, day: int, weekday: str = "") -> int | None:
    """The month that a word means, None if it is none.

    A short name may mean several: Polish "lis" is November, Croatian "lis" October. The weekday decides, if it is told.
    """
    if number := _number.match(word):
        return int(number[0]) if 1 <= int(number[0]) <= 12 else None
    for languages in (_english, _others):
        found = {month for language in languages() for month in _months_in(language, _plain(word), year, day, weekday)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _months_in(language: _Language, word: str, year: int, day: int, weekday: str) -> Iterator[int]:
    for month, names in enumerate(language.months, 1):
        if not _means(word, names):
            continue
        try:
            names = language.weekdays[date(year, month, day).weekday()]
        except ValueError:
            continue
        if any(name.startswith(_plain(weekday)) for name in names):
            yield month


def _means(word: str, names: tuple[str, ...]) -> bool:
    return any(len(word) > 1 and name.startswith(word) for name in names) or word in names


def _plain(word: str) -> str:
    return word.casefold().rstrip(".,")


def _english() -> list[_Language]:
    return [_Language([(name.lower(),) for name in _months], [(name.lower(),) for name in _weekdays])]


@cache
def _others() -> list[_Language]:
    languages = []
    for path in sorted(Path(django.__file__).parent.glob("conf/locale/*/LC_MESSAGES/django.mo")):
        with path.open("rb") as file:
            catalog = gettext.GNUTranslations(file)
        months = [_names(catalog, name, name[:3].lower(), f"alt. month\x04{name}") for name in _months]
        languages.append(_Language(months, [_names(catalog, name, name[:3]) for name in _weekdays]))
    return languages


def _names(catalog: gettext.GNUTranslations, *ids: str) -> tuple[str, ...]:
    return tuple(_plain(catalog.gettext(each).rpartition("\x04")[2]) for each in ids)
