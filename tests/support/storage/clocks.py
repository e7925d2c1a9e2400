"""Clocks for files that have to stand still: one that a test sets, and one that makes nobody wait."""

from collections.abc import Callable
from itertools import count

from chat.storage.json_files.standing_still import SETTLE_SECONDS


class ManualClock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_time(self, seconds: float = SETTLE_SECONDS) -> None:
        """Let time pass, by default as long as a file has to stand still."""
        self.now += seconds


def impatient() -> Callable[[], float]:
    """A clock by which every file has stood still at the first look."""
    return count(step=SETTLE_SECONDS).__next__
