"""Local times of a day to moments, fast: most days have one offset from UTC.

A time that no message can have has no moment here: the reader names its line.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chat.history.importers.times import LocalClock

DISORDER = 5 * 60_000  # milliseconds that a line may be older than the line above without being of the second hour

FIRST_YEAR, LAST_YEAR = 1970, 9998  # of which messages can have the times; in the first one not all of them

_day = timedelta(days=1)
_day_ms = 86_400_000


class DayTimes:
    """Moments of one file in file order: `previous` is that of the line before."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._clock = LocalClock(zone, DISORDER)
        self.previous: int | None = None

    def midnight(self, day: date) -> int | None:
        """The moment at which a day begins, None if its times differ in more: then `moment` tells each one's.

        On such a day the clock changes, or messages cannot have all of its times.
        """
        if not FIRST_YEAR < day.year <= LAST_YEAR:
            return None
        start = datetime.combine(day, time())
        begins, ends = self._clock.moment(start), self._clock.moment(start + _day)
        return begins if ends - begins == _day_ms else None

    def moment(self, day: date, milliseconds: int) -> int | None:
        """The moment of a time since midnight, on any day. None if no message can have it."""
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            return None
        naive = datetime.combine(day, time()) + timedelta(milliseconds=milliseconds)
        moment = self._clock.moment(naive, self.previous)
        if moment < 0:
            return None
        self.previous = moment
        return moment
