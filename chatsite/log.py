"""How much may be logged: visitors must not be able to fill the disk by what is written about them."""

import logging
import time

from chat.entrance.token_bucket import TokenBucket

LINES_PER_SECOND, LINES_AT_ONCE = 1, 50  # from one place in the code


class FloodFilter(logging.Filter):
    """Leaves lines out that come too fast from one place in the code; the next one says how many they were."""

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[tuple[str, int], TokenBucket] = {}
        self._left_out: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        place = record.pathname, record.lineno
        if self._places.setdefault(place, TokenBucket(LINES_PER_SECOND, LINES_AT_ONCE)).consume(time.monotonic()):
            self._left_out[place] = self._left_out.get(place, 0) + 1
            return False
        if left_out := self._left_out.pop(place, 0):
            record.msg, record.args = f"{record.getMessage()} (after {left_out} lines like this, not shown)", None
        return True
