"""The messages of one room that a query finds, newest first: the pieces of `RoomSearch`, each in a thread.

What touches the log runs in the room's own thread, a few milliseconds at a time, so that batches go in between.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from chat.search.budget import Budget
from chat.search.query import Query
from chat.search.room_search import Found, RoomSearch, find
from chat.storage import FoldedMessage

MAX_ADVANCES = 30  # pieces by which a search continues the cache; the housekeeper does the rest of a large room
VERIFIED_AT_A_TIME = 10  # messages
T = TypeVar("T")


class RoomHits:
    """One search in one room. `below`: the id in front of which it goes on, 0 when nothing is left."""

    def __init__(self, search: RoomSearch, executor: Executor, query: Query, below: int | None, budget: Budget) -> None:
        self._search = search
        self._executor = executor
        self._query = query
        self._budget = budget
        self._is_prepared = False
        self._below = below

    @property
    def below(self) -> int | None:
        """Where to go on: the message with this id was looked at, those in front of it were not."""
        return self._below

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self._below == 0

    async def next(self, count: int) -> list[FoldedMessage]:
        """At most `count` messages, one at least; none if there are no more, or the budget is spent.

        Looks at some messages also if it is spent already, so that every request gets on. Raises `StorageError`.
        """
        await self._prepare()
        hits: list[FoldedMessage] = []
        while not hits and not self.is_done:
            found = await self._find(count)
            self._below = found.below
            for start in range(0, len(found.ids), VERIFIED_AT_A_TIME):
                ids = found.ids[start : start + VERIFIED_AT_A_TIME]
                hits += await self._in_room(partial(self._search.verified, self._query, ids))
            self._budget.spend(messages=len(found.ids))
            if self._budget.is_spent:
                break
        return hits

    async def _prepare(self) -> None:
        """Bring the cache up to date, if that does not take long."""
        if not self._is_prepared:
            self._is_prepared = True
            for _ in range(MAX_ADVANCES):
                if not await self._in_room(self._search.advance):
                    break

    async def _find(self, count: int) -> Found:
        """The next candidates: from the cache if it is complete. It is opened anew, as messages come meanwhile."""
        snapshot = await self._in_room(self._search.snapshot)
        if snapshot is not None:
            try:
                return await in_thread(lambda: find(snapshot, self._query, self._below, self._budget, count))
            except LookupError:  # it is damaged
                await self._in_room(self._search.throw_away)
            finally:
                snapshot.close()
        return await self._in_room(lambda: self._search.read(self._query, self._below, self._budget, count))

    async def _in_room(self, call: Callable[[], T]) -> T:
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, call))


async def in_thread(call: Callable[[], T]) -> T:
    """Call a function in a thread, and wait for its end also when the caller is cancelled: it uses open files."""
    future = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(future)
    finally:
        await asyncio.wait([future])
