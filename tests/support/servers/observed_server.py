"""A server that can be asked how much there is of everything that must not grow: see observed.py."""

import asyncio
import sys

from tests.support.live_server import LiveServer, fetch, wait_until

Census = dict[str, int]


class ObservedServer(LiveServer):
    """`manage.py serve` that counts itself, with short clocks."""

    def _arguments(self) -> list[str]:
        return [sys.executable, "-m", "tests.support.servers.observed_program", str(self.port)]

    def census(self, *, collect: bool = False) -> Census:
        """What there is; `collect` runs the garbage collector first, and says how much it found."""
        census: Census = fetch(f"{self.url}/census{'?collect' if collect else ''}").json()
        return census

    async def at_rest(self) -> Census:
        """What there is when everybody has left and the rooms are closed; the question itself is one connection."""
        taken: list[Census] = []

        def is_quiet() -> bool:
            taken.append(self.census())
            empty = not taken[-1]["rooms"] and taken[-1]["connections"] == 1
            return empty and taken[-2:-1] == taken[-1:]  # a room's tasks end a moment after it is closed

        await asyncio.to_thread(wait_until, is_quiet, "a server that nobody uses")
        return taken[-1]
