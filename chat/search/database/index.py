"""The candidates of a query in a database: the rows of `chat_search_text` that have its words, newest first.

PostgreSQL has an index of trigrams, which knows a text of three characters and more. Otherwise the rows are read from
the newest on. They are asked for in spans of ids, each larger than the one before: what was said last is found at once,
and no statement reads a million rows.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from chat.search.budget import Budget
from chat.search.candidates import Step
from chat.search.query import Query
from chat.storage import ROOM_RECORD_ID
from chat.storage.database.connections import Statement
from chat.storage.database.log import DatabaseLog
from chat.storage.database.search_texts import SearchTexts, doubled
from chat.storage.timestamps import format_timestamp

IDS_AT_A_TIME = 100
FIRST_SPAN, MAX_SPAN, MAX_INDEXED_SPAN = 10_000, 100_000, 10_000_000  # ids
GROWTH = 4
ROWS_PER_LINE = 4  # the database looks at so many rows in the time of one line of the cache
TRIGRAM = 3
TIMESTAMP_LENGTH = 24  # of those that compare as text; an import may have others
LINKS = ("://", "@", "www.", "mailto:")


class DatabaseIndex:
    """The index of one room."""

    is_there = True

    def __init__(self, log: DatabaseLog) -> None:
        self._log = log
        self._texts = log.search_texts()
        self._epoch, self._through = log.epoch, 0

    @property
    def behind(self) -> int:
        """How many records it lacks; another process may have gone on with it meanwhile."""
        return self._log.last_id - (self._through if self._epoch == self._log.epoch else 0)

    def advance(self) -> bool:
        """Do a piece of the work; whether there is more."""
        if self.behind > 0:
            self._epoch, self._through = self._log.epoch, self._texts.advance()
        return self.behind > 0 and self._log.exists

    def snapshot(self) -> "DatabaseSnapshot | None":
        """The messages up to now; None if some are not in it."""
        return None if self.behind > 0 else DatabaseSnapshot(self._texts, self._log.last_id)

    def remove(self) -> None:
        """It is a part of the database."""


class DatabaseSnapshot:
    """What one search reads."""

    def __init__(self, texts: SearchTexts, last_id: int) -> None:
        self._texts = texts
        self._last_id = last_id

    def steps(self, query: Query, below: int | None, budget: Budget) -> Iterator[Step]:
        """(id, whether that message may match), ids falling."""
        conditions, is_indexed = self._conditions(query), self._is_indexed(query)
        stop, span = below or self._last_id + 1, FIRST_SPAN
        while stop > ROOM_RECORD_ID + 1:
            first = max(ROOM_RECORD_ID + 1, stop - span)
            ids = self._texts.matching(conditions, first, stop, IDS_AT_A_TIME)
            budget.spend(lines=IDS_AT_A_TIME if is_indexed else (stop - first) // ROWS_PER_LINE)
            yield from ((message_id, True) for message_id in ids)
            stop = ids[-1] if len(ids) == IDS_AT_A_TIME else first
            yield stop, False
            span = min(GROWTH * span, MAX_INDEXED_SPAN if is_indexed else MAX_SPAN)

    def close(self) -> None:
        """It keeps no connection."""

    def _is_indexed(self, query: Query) -> bool:
        return any(len(doubled(word)) >= TRIGRAM for word in query.words) and self._texts.has_index()

    def _conditions(self, query: Query) -> list[Statement]:
        contains = self._texts.contains
        conditions = [contains(doubled(word)) for word in query.words]
        if query.author:
            conditions.append(contains(f"\n{doubled(query.author)}\n"))
        if query.has_link:
            conditions.append(_any([contains(each) for each in LINKS]))
        if query.has_code:
            conditions.append(contains("`"))
        if query.after:
            conditions.append(_time(">=", query.after))
        if query.before is not None:
            conditions.append(_time("<", query.before))
        return conditions


def _any(conditions: list[Statement]) -> Statement:
    sql = " or ".join(each.sql for each in conditions)
    return Statement(f"({sql})", [value for each in conditions for value in each.values])


def _time(comparison: str, milliseconds: int) -> Statement:
    moment = format_timestamp(datetime.fromtimestamp(milliseconds / 1000, UTC))
    return Statement(f"(length(t.timestamp) <> {TIMESTAMP_LENGTH} or t.timestamp {comparison} %s)", [moment])
