"""The clock of rate limits and timers: monotonic, and tests replace it with the event loop."""

import asyncio


def loop_time() -> float:
    """The time of the running event loop, in seconds."""
    return asyncio.get_running_loop().time()
