"""Which of a date's numbers is the day: decided over a whole file, because no line states it."""

from datetime import UTC, date, datetime
from typing import NamedTuple

from chat.history.importers.times import DATE_ORDERS, DateOrder, OpenDateOrder, ordered_date

Numbers = tuple[int, int, int]

OLDEST_YEAR = 2009  # WhatsApp's first
DATE_WORDS = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}
PERSIAN_ZERO = 356_033  # between days counted in the calendar of Iran and ordinals


class FoundDate(NamedTuple):
    """A date as it stands in the file, its numbers, and where it stands first."""

    text: str
    numbers: Numbers
    place: str


class Decision(NamedTuple):
    """The order of a file's dates, and why: a sentence for people, "" if the dates state it."""

    order: DateOrder
    reason: str


class DateOrderFinder:
    """Finds the order that fits all dates of a file. `now`: no date is later."""

    def __init__(self, now: int, *, is_dotted: bool) -> None:
        self._last_day = datetime.fromtimestamp(now / 1000, UTC).date().toordinal() + 1  # a time zone ahead
        self._is_dotted = is_dotted
        self._dates: list[FoundDate] = []
        self._left = list(DATE_ORDERS)
        self._decisive: FoundDate | None = None

    @property
    def is_decided(self) -> bool:
        """Whether no other date can change the order."""
        return len(self._left) == 1

    @property
    def has_dates(self) -> bool:
        """Whether there was any."""
        return bool(self._dates)

    @property
    def is_stated(self) -> bool:
        """Whether the year has four digits and stands in front: no order is left to choose."""
        return bool(self._dates) and self._dates[0].numbers[0] > 31

    def add(self, found: FoundDate) -> None:
        """Take a date into account. Numbers above 12, dates before WhatsApp and in the future exclude orders."""
        fitting = [order for order in self._left if self._fits(found.numbers, order)]
        if fitting and fitting != self._left:  # one that fits no order is a problem of its line
            self._left, self._decisive = fitting, found
        self._dates.append(found)

    def decide(self) -> Decision:
        """The order, in this sequence by excluded ones, by dots, by the order of lines. Raises `OpenDateOrder`."""
        if self._left == ["ymd"]:
            return Decision("ymd", "")
        if self._decisive and self.is_decided:
            return _decision(self._left[0], f"{self._decisive.place} has {self._decisive.text}")
        if self._is_dotted and "dmy" in self._left:
            return _decision("dmy", "they are written with dots")
        return self._decide_by_steps()

    def _fits(self, numbers: Numbers, order: DateOrder) -> bool:
        found = real_date(numbers, order)
        return found is not None and found.year >= OLDEST_YEAR and found.toordinal() <= self._last_day

    def _decide_by_steps(self) -> Decision:
        """The only order in which no date is days before the one above it. One day is usual: lines are out of order."""
        forward = [order for order in self._left if not _steps_back(self._dates, order)]
        if len(forward) > 1:  # few countries write a year of two digits in front
            forward = [order for order in forward if order != "ymd"]
        if len(forward) == 1:
            return _decision(forward[0], "in any other order they go back in the file")
        raise OpenDateOrder(self._dates[0].text, self._dates[0].place, tuple(forward or self._left))


def _decision(order: DateOrder, reason: str) -> Decision:
    return Decision(order, f"dates are {DATE_WORDS[order]}: {reason}")


def real_date(numbers: Numbers, order: DateOrder) -> date | None:
    """The date that these numbers are in this order, None if there is none."""
    year, month, day = ordered_date(numbers, order)
    try:
        if 1300 < year < 1500:
            return _persian_date(year, month, day)
        return date(year - _years_ahead(year), month, day)
    except ValueError:
        return None


def _years_ahead(year: int) -> int:
    """Phones in Thailand count the years from Buddha: 2566, or 66, is 2023."""
    return 543 if year > 2400 else 43 if 2050 < year < 2100 else 0


def _persian_date(year: int, month: int, day: int) -> date:
    """A date of the calendar of Iran. Its leap years have a cycle of 33 years."""
    if not (1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        raise ValueError
    years = year + 1595
    days = 365 * years + years // 33 * 8 + (years % 33 + 3) // 4
    return date.fromordinal(days + day + 31 * (month - 1) - max(0, month - 7) - PERSIAN_ZERO)


def _steps_back(dates: list[FoundDate], order: DateOrder) -> int:
    steps, last = 0, 0
    for found in dates:
        if day := real_date(found.numbers, order):
            steps += day.toordinal() < last - 1
            last = day.toordinal()
    return steps
