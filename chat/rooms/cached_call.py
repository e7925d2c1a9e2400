"""One call whose result many callers share for a short time."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from chat.entrance.loop_clock import loop_time

T = TypeVar("T")
IDLE_FACTOR = 4  # a call is made again after so many times its duration at the earliest: a fifth of the time at most


class CachedCall(Generic[T]):
    """A call without arguments, and its last result."""

    def __init__(self, call: Callable[[], asyncio.Future[T]]) -> None:
        self._call = call
        self._called_at = self._done_at = 0.0
        self._result: asyncio.Future[T] | None = None

    def result(self, max_age_seconds: float) -> asyncio.Future[T]:
        """The last result if it is recent enough, else a new one. Cancelling it does not disturb other callers.

        A call that takes longer than that is not made a second time meanwhile.
        """
        if self._result is None or (self._result.done() and self._age() > max_age_seconds):
            self._called_at, self._result = loop_time(), self._call()
            self._result.add_done_callback(self._note_time)
        return asyncio.shield(self._result)

    def _note_time(self, _: object) -> None:
        self._done_at = loop_time()

    def _age(self) -> float:
        """Seconds since the call, less the pause that its duration demands."""
        return loop_time() - self._called_at - IDLE_FACTOR * max(0.0, self._done_at - self._called_at)

    def invalidate(self) -> None:
        """Make the next caller call again."""
        self._result = None
