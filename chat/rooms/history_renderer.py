"""Fair rendering of history pages: one slice at a time, beside the event loop, fair between addresses.

Attack: rendering is the most expensive thing that a client can ask for (a page of messages full of markup takes most of
a second), and while a thread renders, the event loop competes with it for the interpreter's lock. So one slice is
rendered at a time, followed by a pause. Each address has one place in the queue, however many of its clients share it.
Joining clients and clients that ask for more history have separate queues, which alternate.
"""

import asyncio
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from chat.metrics import counted
from chat.rooms.batch_priority import BatchPriority

Event = TypeVar("Event")
SLICE_SECONDS = 0.001  # a plain page of 50 events takes one or two slices; a single message can take five times as long
IDLE_FACTOR = 3  # the pause after a slice, in lengths of that slice: a duty cycle of a quarter at most


class QueueKey(NamedTuple):
    """The place in the queues: equal keys share one. `joining`: the client waits for its first page."""

    address: str = ""
    joining: bool = False


class HistoryRenderer:
    """One for the process; belongs to the event loop that uses it first."""

    def __init__(self, batch_priority: BatchPriority) -> None:
        self.waiting = 0  # clients whose history is being rendered, or in the queues
        self._batch_priority = batch_priority
        self._places: WeakValueDictionary[QueueKey, asyncio.Lock] = WeakValueDictionary()  # of the waiting clients
        self._queues = {joining: asyncio.Lock() for joining in (False, True)}  # the holder waits for the slice lock
        self._slice_lock = asyncio.Lock()
        self._slicing: asyncio.Future[Any] | None = None  # the last slice; its client may have disconnected
        self._pause_seconds = self._pause_ends_at = 0.0

    async def render(self, lazy_events: Iterator[Event], key: QueueKey) -> list[Event]:
        """Exhaust a lazy iterator in a thread, slice by slice, and return what it yields: iterating renders."""
        self.waiting += 1
        try:
            with counted.RENDERS.timed():
                return await self._render(lazy_events, key)
        finally:
            self.waiting -= 1

    async def _render(self, lazy_events: Iterator[Event], key: QueueKey) -> list[Event]:
        place = self._places.setdefault(key, asyncio.Lock())
        rendered: list[Event] = []
        rest: Iterator[Event] | None = lazy_events
        while rest is not None:
            # FIFO locks: one waiter for each address, then one for each queue. So the slice lock has two waiters at
            # most, and alternates between the queues.
            async with place, self._queues[key.joining], self._slice_lock:
                await self._pause()
                slicing = self._slicing = asyncio.ensure_future(self._run_slice(rest))
                part, rest = await asyncio.shield(slicing)  # a cancelled client does not stop the thread
            rendered += part
        return rendered

    async def _pause(self) -> None:
        if self._slicing is not None:
            await asyncio.wait([self._slicing])
        await asyncio.sleep(self._pause_ends_at - time.perf_counter())
        await self._batch_priority.wait_for_batches(self._pause_seconds)

    async def _run_slice(self, events: Iterator[Event]) -> tuple[list[Event], Iterator[Event] | None]:
        start = time.perf_counter()
        try:
            return await asyncio.to_thread(_render_slice, events)
        finally:
            end = time.perf_counter()
            self._pause_seconds = IDLE_FACTOR * (end - start)
            self._pause_ends_at = end + self._pause_seconds


def _render_slice(events: Iterator[Event]) -> tuple[list[Event], Iterator[Event] | None]:
    """What can be rendered in `SLICE_SECONDS`, and the rest; None if nothing is left."""
    until = time.perf_counter() + SLICE_SECONDS
    part: list[Event] = []
    for event in events:
        if time.perf_counter() > until:
            return part, chain([event], events)
        part.append(event)
    return part, None
