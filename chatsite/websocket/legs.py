"""All legs of a server: what they share, and pings for the silent ones.

One sweep looks at all of them. A timer for each would take more memory than the rest of an idle connection.
"""

import asyncio
from collections.abc import Iterator

from chatsite.websocket.bounds import WebSocketBounds
from chatsite.websocket.leg import Leg
from chatsite.websocket.poller import Poller

SWEEPS_PER_TIMEOUT = 4


class Legs:
    """The legs of one server. `max_pending_bytes`: buffered for a slow reader. Seconds as in chatsite/server.py."""

    def __init__(
        self,
        poller: Poller,
        bounds: WebSocketBounds,
        max_pending_bytes: int,
        *,
        ping_interval: float,
        ping_timeout: float,
    ) -> None:
        self.poller = poller
        self.loop = poller.loop
        self.bounds = bounds
        self.max_pending_bytes = max_pending_bytes
        self.sweeps = 0  # so far; what a leg notes when it has heard of its client
        self.ending: set[Leg] = set()  # closed, and their application still runs
        self._seconds = min(ping_interval, ping_timeout) / SWEEPS_PER_TIMEOUT
        self._ping_after = round(ping_interval / self._seconds)  # sweeps
        self._drop_after = self._ping_after + round(ping_timeout / self._seconds)
        self.loop.call_later(self._seconds, self._sweep)

    def __iter__(self) -> Iterator[Leg]:
        return (one for one in [*self.poller.handlers.values()] if type(one) is Leg)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def tasks(self) -> list["asyncio.Task[None]"]:
        """Applications that have to wait for something."""
        return [leg.task for leg in [*self, *self.ending] if leg.task is not None]

    def _sweep(self) -> None:
        self.sweeps += 1
        for leg in self:
            silent = self.sweeps - leg.heard
            if silent >= self._ping_after:
                self._on_silence(leg, silent)
        self.loop.call_later(self._seconds, self._sweep)

    def _on_silence(self, leg: Leg, silent: int) -> None:
        """A client that is not read from may have answered."""
        if not leg.is_read:
            leg.heard = self.sweeps
        elif silent == self._ping_after:
            leg.ping()
        elif silent >= self._drop_after:
            leg.abort()
