"""Times of exports as milliseconds since 1970, UTC. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

DateOrder = Literal["dmy", "mdy", "ymd"]
DATE_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")

_epoch = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_millisecond = timedelta(milliseconds=1)
_date = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})")


class OpenDateOrder(Exception):
    """Dates fit several orders, and no line decides. The owner has to say one.

    `example`: such a date as it stands in the source; `place`: where; `orders`: those that fit.
    """

    def __init__(self, example: str, place: str, orders: tuple[DateOrder, ...]) -> None:
        super().__init__(f"{place}: {example} can be read as {' or '.join(orders)}")
        self.example = example
        self.place = place
        self.orders = orders


class LocalClock:
    """Local times of one zone. In the hour that the clock shows twice, file order decides which one is meant.

    `tolerance`, in milliseconds: a step back of at most this much is disorder in the file, not the second hour.
    """

    def __init__(self, zone: ZoneInfo, tolerance: int = 0) -> None:
        self._zone = zone
        self._tolerance = tolerance
        self._offsets: dict[tuple[int, int, int, int, int], tuple[int, int]] = {}  # by quarter of an hour

    def moment(self, naive: datetime, previous: int | None = None) -> int:
        """The moment of a local time. `previous` is that of the line before, None at the start of a file."""
        quarter = (naive.year, naive.month, naive.day, naive.hour, naive.minute // 15)
        first, second = self._offsets.get(quarter) or self._add(quarter, naive)
        local = (naive - _epoch) // _millisecond
        moment = local - first
        if first != second and previous is not None and moment < previous - self._tolerance:
            return local - second
        return moment

    def _add(self, quarter: tuple[int, int, int, int, int], naive: datetime) -> tuple[int, int]:
        """Both offsets of this quarter of an hour; they differ where the clock shows it twice."""
        offsets = [
            naive.replace(tzinfo=self._zone, fold=fold).utcoffset() or timedelta()  # no zone is without an offset
            for fold in (0, 1)
        ]
        first, second = (offset // _millisecond for offset in offsets)
        if second > first:  # an hour that the clock skips: as if it had not been moved
            second = first
        if len(self._offsets) > 10_000:
            self._offsets.clear()
        self._offsets[quarter] = first, second
        return first, second


def utc_time(text: str) -> datetime:
    """An ISO 8601 time, in UTC unless it says another offset. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def moment_of_iso(text: str) -> int:
    """The moment of an ISO 8601 time with its offset, or Z. Raises ValueError if it has none, or is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment_of(moment)


def moment_of(aware: datetime) -> int:
    """The moment of a time with a zone."""
    return (aware.astimezone(UTC).replace(tzinfo=None) - _epoch) // _millisecond


def split_date(text: str) -> tuple[int, int, int]:
    """The three numbers of `28/04/23`, `13.06.18` or `2016-04-29`, as they stand. Raises ValueError."""
    if (match := _date.fullmatch(text)) is None:
        raise ValueError(f"{text!r} is no date")
    return int(match[1]), int(match[2]), int(match[3])


def ordered_date(parts: tuple[int, int, int], order: DateOrder) -> tuple[int, int, int]:
    """Year, month and day of such numbers; a year of two digits is in this century. They need not be a real date."""
    year, month, day = (parts[order.index(letter)] for letter in "ymd")
    return (year + 2000 if year < 100 else year), month, day
