"""Dates in words, as "Thursday, November 3, 2016 at 11:59:50 AM UTC", in the languages of Google's exports.

Nothing says which language it is. Where a name means different months in two languages (listopad), the day of the week
decides.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from os.path import commonprefix

from chat.history.importers.calendar_names import languages, plain_name
from chat.history.importers.halves import is_second, word_of
from chat.history.importers.times import moment_of, utc_time

_unseen = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_zone = re.compile(r"\[?(?:utc|gmt)\]?(?:(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?", re.I)
_time = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})(?:\s*[:.h]\s*(?P<minute>\d{2})|\s*(?:[時时點点시]|นาฬิกา|ໂມງ)\s*(?P<minute_1>\d{1,2}))"
    r"(?:\s*(?:[:.分분]|min|นาที|ນາທີ)\s*(?P<second>\d{1,2}))?(?!\d)\s*(?:[秒초分분]|วินาที|ວິນາທີ)?"
)
_numbered_month = re.compile(
    r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]|tháng\s+(?P<vietnamese>\d{1,2})", re.I
)
_year = re.compile(r"(?<!\d)\d{4}(?!\d)")
_day = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_between_words = re.compile(r"[\s\d,.،\[\]()-]+")
_hebrew_in = "ב"  # is written together with the month
_buddhist_years = 543


def moment_of_words(text: str) -> int:
    """The moment of such a date; UTC, if it does not say another offset. Also of one in ISO 8601. Raises ValueError."""
    plain = " ".join(_unseen.sub("", text).split())
    if re.match(r"\d{4}-\d\d-\d\dT", plain):
        return moment_of(utc_time(plain))
    zone, time = _zone.search(plain), _time.search(_zone.sub(" ", plain))
    if time is None:
        raise ValueError(f"the date {text!r} has no time that is understood")
    minute, second = int(time["minute"] or time["minute_1"]), int(time["second"] or 0)
    hour = _hour_of(int(time["hour"]), _words_beside(time))
    day = _day_of(_zone.sub(" ", plain).replace(time[0], " "), text)
    moment = day.replace(hour=hour, minute=minute, second=second)
    return moment_of(moment - _offset(zone))


def _words_beside(time: re.Match[str]) -> set[str]:
    """What may be a word for a half of the day: in front of a time, or behind it, also in two parts (p. m.)."""
    before, after = time.string[: time.start()].split(), time.string[time.end() :].split()
    return {word_of(text) for text in (*before[-1:], *after[:1], " ".join(after[:2]))}


def _hour_of(hour: int, words: set[str]) -> int:
    is_late = is_second(hour, words)
    return hour if is_late is None or hour > 12 else hour % 12 + 12 * is_late


def _day_of(plain: str, text: str) -> datetime:
    """The day, at midnight UTC. `text` is for the error."""
    year = _year.search(plain)
    numbered = _numbered_month.search(plain)
    rest = _year.sub(" ", _numbered_month.sub(" ", plain))
    day = _day.search(rest)
    if year is None or day is None:
        raise ValueError(f"the date {text!r} is not understood")
    number = int(year[0]) - (_buddhist_years if int(year[0]) > 2400 else 0)
    if numbered is not None:
        return datetime(number, int(numbered["month"] or numbered["vietnamese"]), int(day[0]), tzinfo=UTC)
    found = list(_months_in(rest, number, int(day[0])))
    months = [month for month, is_sure in found if is_sure] or [month for month, _ in found]
    if len(set(months)) != 1:
        raise ValueError(f"the date {text!r} has no month that is understood")
    return datetime(number, months[0], int(day[0]), tzinfo=UTC)


def _months_in(text: str, year: int, day: int) -> Iterator[tuple[int, bool]]:
    """The months that the words may mean, and whether the day of the week is right in the same language."""
    words = [plain_name(word) for word in _between_words.split(text) if word]
    words += [word[1:] for word in words if word.startswith(_hebrew_in)]
    months, weekdays = _names()
    named = {found for word in words for found in weekdays.get(word, ())}
    exact = {found for word in words for found in months.get(word, ())}
    for language, month in exact or {found for word in words if word not in weekdays for found in _inflected(word)}:
        try:
            weekday = datetime(year, month, day, tzinfo=UTC).weekday()
        except ValueError:  # such as 31 November
            continue
        is_right = (language, weekday) in named
        if exact or is_right:
            yield month, is_right


def _inflected(word: str) -> Iterator[tuple[int, int]]:
    """The months whose names begin as a word does: Slovak "novembra", Armenian "նոյեմբերի"."""
    for name, found in _names()[0].items():
        if len(commonprefix((name, word))) >= (len(name) if len(name) < 7 else len(name) - 2) >= 3:
            yield from found


@cache
def _names() -> tuple[dict[str, set[tuple[int, int]]], dict[str, set[tuple[int, int]]]]:
    """The languages and numbers of each name of a month, and of a day of the week."""
    months: dict[str, set[tuple[int, int]]] = {}
    weekdays: dict[str, set[tuple[int, int]]] = {}
    for language, names in enumerate(languages()):
        for number, forms in enumerate(names.months, 1):
            for name in forms:
                months.setdefault(name, set()).add((language, number))
        for number, name in enumerate(names.weekdays):
            weekdays.setdefault(name, set()).add((language, number))
    return months, weekdays


def _offset(zone: re.Match[str] | None) -> timedelta:
    """How far a zone is ahead of UTC, as in GMT+5:30."""
    if zone is None or not zone["sign"]:
        return timedelta()
    offset = timedelta(hours=int(zone["hours"]), minutes=int(zone["minutes"] or 0))
    return -offset if zone["sign"] == "-" else offset
