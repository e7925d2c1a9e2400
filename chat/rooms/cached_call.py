"""One call whose result many callers share for a short time."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from chat.entrance.loop_clock import loop_time

T = TypeVar("T")


class CachedCall(Generic[T]):
    """A call without arguments, and its last result."""

    def __init__(self, call: Callable[[], asyncio.Future[T]]) -> None:
        self._call = call
        self._called_at = 0.0
        self._result: asyncio.Future[T] | None = None

    def result(self, max_age_seconds: float) -> asyncio.Future[T]:
        """The last result if it is recent enough, else a new one. Cancelling it does not disturb other callers."""
        if self._result is None or loop_time() - self._called_at > max_age_seconds:
            self._called_at, self._result = loop_time(), self._call()
        return asyncio.shield(self._result)

    def invalidate(self) -> None:
        """Make the next caller call again."""
        self._result = None
