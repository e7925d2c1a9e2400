"""Local times of a day to moments, fast: most days have one offset from UTC."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chat.history.importers.times import LocalClock

DISORDER = 5 * 60_000  # milliseconds that a line may be older than the line above without being of the second hour

_day = timedelta(days=1)
_day_ms = 86_400_000


class DayTimes:
    """Moments of one file in file order: `previous` is that of the line before."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._clock = LocalClock(zone, DISORDER)
        self.previous: int | None = None

    def midnight(self, day: date) -> int | None:
        """The moment at which a day begins, None if the clock changes on it: then `moment` tells each time's."""
        start = datetime.combine(day, time())
        begins, ends = self._clock.moment(start), self._clock.moment(start + _day)
        return begins if ends - begins == _day_ms else None

    def moment(self, day: date, milliseconds: int) -> int:
        """The moment of a time since midnight, on a day on which the clock changes."""
        naive = datetime.combine(day, time()) + timedelta(milliseconds=milliseconds)
        self.previous = self._clock.moment(naive, self.previous)
        return self.previous
