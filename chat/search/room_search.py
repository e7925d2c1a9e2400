"""Search in one room: its cache, and what is done without one.

Everything here is a piece of a few milliseconds. The caller runs the pieces in threads, those that touch the log in the
room's own, with others in between: `advance` until it has no more, then `snapshot`; with one `find` and `verified`,
without one `read`.
"""

import logging
from typing import NamedTuple

from chat.search.budget import Budget
from chat.search.candidates import Snapshot
from chat.search.indexes import index_of
from chat.search.messages import messages_before
from chat.search.query import Query
from chat.search.texts import search_text
from chat.storage import RoomLog, StorageError
from chat.storage.folding import FoldedMessage

MIN_CACHED = 1000  # events of a room that gets a cache; fewer are read one by one
MIN_BEHIND = 100  # records that a cache lacks before it is continued without a search
READ_AT_A_TIME = 100  # messages
LARGE_PAGE = 1000  # messages as which fewer than that count, if a page has no place for more
logger = logging.getLogger(__name__)


class Found(NamedTuple):
    """Message ids, falling, and the id in front of which to go on; 0 if there are no more."""

    ids: list[int]
    below: int


class RoomSearch:
    """One room. The calls that are not of `find` run one at a time, like those of its log."""

    def __init__(self, log: RoomLog) -> None:
        self._log = log
        self._cache = index_of(log)
        self._is_wanted = False  # somebody has searched this room, so its cache is kept up to date

    # The cache

    @property
    def wants_maintenance(self) -> bool:
        """Whether `advance` should be called though nobody searches; cheap enough for an event loop."""
        if self._cache is None or not self._is_wanted or self._is_small:
            return False
        return not self._cache.is_there or self._cache.behind >= MIN_BEHIND

    @property
    def _is_small(self) -> bool:
        """A few messages with reactions by the thousand are not small: reading them takes long."""
        return self._log.last_id < MIN_CACHED

    def advance(self) -> bool:
        """Do a piece of what makes the cache complete; whether there is more. Raises nothing."""
        if self._cache is None or self._is_small:
            return False
        self._is_wanted = True
        try:
            return self._cache.advance()
        except (OSError, StorageError) as error:
            self._give_up(error)
            return False

    def snapshot(self) -> Snapshot | None:
        """The cache if it is complete, or after one more `advance`. The caller closes it."""
        self.advance()
        try:
            return self._cache.snapshot() if self._cache and not self._is_small else None
        except OSError as error:
            self._give_up(error)
            return None

    def _give_up(self, error: Exception) -> None:
        """Search without the cache until the room is opened again."""
        logger.warning("%s: searched without a cache: %s", self._log.location, error)
        self.throw_away()
        self._cache = None

    def throw_away(self) -> None:
        """Remove a cache that is found to be damaged."""
        try:
            if self._cache is not None:
                self._cache.remove()
        except OSError as error:
            logger.warning("%s: the search cache cannot be removed: %s", self._log.location, error)

    # Searching

    def verified(self, query: Query, ids: list[int]) -> list[FoldedMessage]:
        """Those of the messages that match indeed, as they are now. Raises `StorageError`."""
        found = (self._log.message(message_id) for message_id in ids)
        return [each for each in found if each is not None and query.matches(search_text(each.record))]

    def read(self, query: Query, below: int | None, budget: Budget, count: int) -> Found:
        """Read the next messages, without the cache, up to `count` that match. Raises `StorageError`."""
        records, rest = messages_before(self._log, below, READ_AT_A_TIME)
        is_large = rest is not None and len(records) < READ_AT_A_TIME // 2
        budget.spend(messages=LARGE_PAGE if is_large else READ_AT_A_TIME)
        ids = [record.id for record in records if query.matches(search_text(record))]
        return Found(ids, rest or 0) if len(ids) <= count else Found(ids[:count], ids[count - 1])


def find(snapshot: Snapshot, query: Query, below: int | None, budget: Budget, count: int) -> Found:
    """At most `count` messages that may match; fewer if there are no more, or the budget is spent.

    Raises LookupError if the cache is damaged.
    """
    ids: list[int] = []
    for message_id, may_match in snapshot.steps(query, below, budget):
        if may_match and message_id not in ids[-1:]:
            ids.append(message_id)
        if len(ids) == count or budget.is_spent:
            return Found(ids, message_id)
    return Found(ids, 0)
