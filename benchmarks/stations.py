"""A discrete simulation of stations with queues: what is done is a generator of steps, which a clock runs.

A step is a `Station`, to wait for a place there, or a number of seconds that pass.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Generator

Steps = Generator["Station | float", None, None]


class Clock:
    """Runs steps in the order of their times."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Steps]] = []
        self._numbers = itertools.count()

    def start(self, steps: Steps, seconds: float = 0) -> None:
        """Go on with these steps in so many seconds."""
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), steps))

    def run_until(self, end: float) -> None:
        """Run what is due until then."""
        while self._due and self._due[0][0] < end:
            self.now, _, steps = heapq.heappop(self._due)
            for wanted in steps:
                if isinstance(wanted, Station):
                    if not wanted.enter(steps):
                        break
                else:
                    self.start(steps, wanted)
                    break
        self.now = end


class Station:
    """So many servers with one queue. `background`: the share of them that other work takes."""

    def __init__(self, clock: Clock, servers: int = 1, background: float = 0) -> None:
        self.busy = self.waited = 0.0  # seconds, summed
        self.visits = 0
        self._clock, self._servers, self._background = clock, servers, background
        self._free = servers
        self._queue: deque[tuple[Steps, float]] = deque()

    def use(self, *work: Steps | float) -> Steps:
        """Wait for a place, work (microseconds, or steps elsewhere) and leave."""
        yield self
        begin = self._clock.now
        for each in work:
            if isinstance(each, Generator):
                yield from each
            else:
                yield each / 1e6 / max(0.02, 1 - self._background)
        self.busy += (self._clock.now - begin) * (1 - self._background)
        self._leave()

    def enter(self, steps: Steps) -> bool:
        """Take a place, or else queue: the steps go on when it is their turn."""
        self.visits += 1
        if self._free:
            self._free -= 1
            return True
        self._queue.append((steps, self._clock.now))
        return False

    def _leave(self) -> None:
        if not self._queue:
            self._free += 1
            return
        steps, since = self._queue.popleft()
        self.waited += self._clock.now - since
        self._clock.start(steps)

    @property
    def utilisation(self) -> float:
        """The share of its servers that is at work."""
        return self._background + self.busy / self._clock.now / self._servers
