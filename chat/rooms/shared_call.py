"""One call whose callers share it: those that come while it runs share the next one.

So each caller gets a call that began after it came, and a crowd costs as many calls as fit into the time.
"""

import asyncio
from collections.abc import Awaitable, Callable


class SharedCall:
    """A call without arguments and without a result. It may raise."""

    def __init__(self, call: Callable[[], Awaitable[None]]) -> None:
        self._call = call
        self._running: asyncio.Future[Exception | None] | None = None  # how the call that runs ends
        self._begun = self._done = 0  # calls so far

    async def __call__(self) -> None:
        """Wait for a call that begins after this. Raises what it raises."""
        wanted = self._begun + 1
        while self._done < wanted:
            if self._running is None:
                return await self._lead()
            number, running = self._begun, self._running
            error = await asyncio.shield(running)
            if error is not None and number >= wanted:
                raise error

    async def _lead(self) -> None:
        """Make the call. A caller that is cancelled meanwhile leaves it to the next one who waits."""
        self._begun += 1
        number, error = self._begun, None
        self._running = running = asyncio.get_running_loop().create_future()
        try:
            await self._call()
            self._done = number
        except Exception as raised:
            self._done, error = number, raised
            raise
        finally:
            self._running = None
            running.set_result(error)
