"""Pages for one reader, rendered a slice at a time beside the event loop.

Attack: rendering is the dearest thing that a client can ask for (a page of messages that are all markup takes most of
a second), and while a thread renders, the event loop has to wait for its turns. So there is one slice at a time, and
after it the machine belongs to those who write. An address has one place in the queue, however many of its readers
share that, and those who come do not stand behind those who ask for more: the two queues take turns.
"""

import asyncio
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from chat.rooms.batch_priority import BatchPriority

Event = TypeVar("Event")
SLICE_SECONDS = 0.001  # a plain page of 50 is one or two; a single message can take five times as long
IDLE_FACTOR = (
    3  # times as long as a slice took nothing is rendered after it: reading takes a quarter of the time at most
)


class RenderKey(NamedTuple):
    """Who waits for a page: somebody at an address, who comes in or who asks for more. Equal ones share a place."""

    address: str = ""
    comes: bool = False


class Renderer:
    """One for the process; belongs to the event loop that uses it first."""

    def __init__(self, batch_priority: BatchPriority) -> None:
        self._batch_priority = batch_priority
        self._places: WeakValueDictionary[RenderKey, asyncio.Lock] = WeakValueDictionary()  # of those who wait now
        self._queues = {comes: asyncio.Lock() for comes in (False, True)}  # whoever is first in one waits for the turn
        self._turn = asyncio.Lock()
        self._slicing: asyncio.Future[Any] | None = None  # the last slice, perhaps of a reader who is gone
        self._rest_seconds = self._rested_at = 0.0

    async def render(self, events: Iterator[Event], reader: RenderKey) -> list[Event]:
        """Everything that the iterator makes; it is run in a thread."""
        place = self._places.setdefault(reader, asyncio.Lock())
        rendered: list[Event] = []
        more: Iterator[Event] | None = events
        while more is not None:
            async with place, self._queues[reader.comes], self._turn:
                await self._rest()
                slicing = self._slicing = asyncio.ensure_future(self._make(more))
                part, more = await asyncio.shield(slicing)  # a thread goes on, whoever is cancelled
            rendered += part
        return rendered

    async def _rest(self) -> None:
        if self._slicing is not None:
            await asyncio.wait([self._slicing])
        await asyncio.sleep(self._rested_at - time.perf_counter())
        await self._batch_priority.wait_for_batches(self._rest_seconds)  # as long again, if that is not long

    async def _make(self, events: Iterator[Event]) -> tuple[list[Event], Iterator[Event] | None]:
        begin = time.perf_counter()
        try:
            return await asyncio.to_thread(_render_slice, events)
        finally:
            end = time.perf_counter()
            self._rest_seconds = IDLE_FACTOR * (end - begin)
            self._rested_at = end + self._rest_seconds


def _render_slice(events: Iterator[Event]) -> tuple[list[Event], Iterator[Event] | None]:
    """What can be made in a slice, and the rest if there is one."""
    until = time.perf_counter() + SLICE_SECONDS
    part: list[Event] = []
    for event in events:
        if time.perf_counter() > until:
            return part, chain([event], events)
        part.append(event)
    return part, None
