"""What finds the messages of a room that may match, in every backend. They are compared with the query once more.

In the store of JSON files that is a cache, made in pieces; a database has a table with an index.
"""

from collections.abc import Iterator
from typing import Protocol

from chat.search.budget import Budget
from chat.search.query import Query

Step = tuple[int, bool]


class Snapshot(Protocol):
    """The candidates of one search, in a thread of its own."""

    def steps(self, query: Query, below: int | None, budget: Budget) -> Iterator[Step]:
        """(id, whether that message may match), ids falling: what has a greater id than the last step was looked at.

        A message that is edited meanwhile may have several steps. Spends the budget, and does not mind when nothing is
        left of it: the caller takes no further step. Raises LookupError if the index is damaged, `StorageError`.
        """

    def close(self) -> None:
        """Release what it reads from."""


class SearchIndex(Protocol):
    """The index of one room. Not thread-safe: called like the log. Methods raise OSError, `StorageError`."""

    @property
    def is_there(self) -> bool:
        """Whether there is one, complete or not; for the event loop."""

    @property
    def behind(self) -> int:
        """How many records it lacks; for the event loop."""

    def advance(self) -> bool:
        """Do a piece of the work, some milliseconds; whether there is more."""

    def snapshot(self) -> Snapshot | None:
        """What a search reads, and closes; None if the index is not complete."""

    def remove(self) -> None:
        """Throw it away."""
