"""A server that reports the counts of everything that must not grow: see observed_program.py."""

import asyncio
import sys

from tests.support.live_server import LiveServer, fetch, wait_until

ResourceCounts = dict[str, int]


class ObservedServer(LiveServer):
    """`manage.py serve` with short timeouts, that counts its resources."""

    def _arguments(self) -> list[str]:
        return [sys.executable, "-m", "tests.support.servers.observed_program", str(self.port)]

    def resource_counts(self, *, collect: bool = False) -> ResourceCounts:
        """The counts now. `collect` runs the garbage collector first, and adds what it found and what is allocated."""
        counts: ResourceCounts = fetch(f"{self.url}/resources{'?collect' if collect else ''}").json()
        return counts

    async def counts_when_idle(self) -> ResourceCounts:
        """The counts when all clients have left and the rooms are closed; the request itself is one connection."""
        taken: list[ResourceCounts] = []

        def is_idle() -> bool:
            taken.append(self.resource_counts())
            empty = not taken[-1]["rooms"] and taken[-1]["connections"] == 1
            return empty and taken[-2:-1] == taken[-1:]  # a room's tasks end shortly after it is closed

        await asyncio.to_thread(wait_until, is_idle, "a server that nobody uses")
        return taken[-1]
