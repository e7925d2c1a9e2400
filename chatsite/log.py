"""A rate limit for log lines: visitors must not be able to fill the disk with what is logged about them."""

import logging
import time

from chat.entrance.token_bucket import TokenBucket

LINES_PER_SECOND, LINES_BURST = 1, 50  # from one place in the code


class FloodFilter(logging.Filter):
    """Suppresses lines above the rate of one place in the code. The next line says how many were suppressed."""

    def __init__(self) -> None:
        super().__init__()
        self._buckets: dict[tuple[str, int], TokenBucket] = {}
        self._suppressed: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        place = record.pathname, record.lineno
        if self._buckets.setdefault(place, TokenBucket(LINES_PER_SECOND, LINES_BURST)).consume(time.monotonic()):
            self._suppressed[place] = self._suppressed.get(place, 0) + 1
            return False
        if suppressed := self._suppressed.pop(place, 0):
            record.msg, record.args = f"{record.getMessage()} (after {suppressed} lines like this, not shown)", None
        return True
