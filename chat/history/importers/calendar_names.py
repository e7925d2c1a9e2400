"""The names of months and weekdays in all languages that Django knows, as programs of these languages write them.

They are read from Django's catalogs, of which most are never used otherwise.
"""

import gettext
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

import django

MONTHS = tuple("January February March April May June July August September October November December".split())
WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())


class CalendarNames(NamedTuple):
    """Names in one language, in small letters. Months have two full names: alone, and with the number of a day."""

    months: list[tuple[str, str]]
    short_months: list[str]
    weekdays: list[str]
    short_weekdays: list[str]


ENGLISH = CalendarNames(
    [(name.lower(), name.lower()) for name in MONTHS],
    [name[:3].lower() for name in MONTHS],
    [name.lower() for name in WEEKDAYS],
    [name[:3].lower() for name in WEEKDAYS],
)


@cache
def languages() -> list[CalendarNames]:
    """All languages, English too."""
    return [_read(path) for path in sorted(Path(django.__file__).parent.glob("conf/locale/*/LC_MESSAGES/django.mo"))]


def _read(path: Path) -> CalendarNames:
    with path.open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    return CalendarNames(
        [(_name(catalog, name), _name(catalog, f"alt. month\x04{name}")) for name in MONTHS],
        [_name(catalog, name[:3].lower()) for name in MONTHS],
        [_name(catalog, name) for name in WEEKDAYS],
        [_name(catalog, name[:3]) for name in WEEKDAYS],
    )


def _name(catalog: gettext.GNUTranslations, id_in_catalog: str) -> str:
    return plain_name(catalog.gettext(id_in_catalog).rpartition("\x04")[2])


def plain_name(word: str) -> str:
    """A name for comparing: in small letters, each spelled one way, without the sign behind an abbreviation."""
    return normalize("NFC", word).casefold().rstrip(".,")
