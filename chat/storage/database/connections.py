"""The connections to the database, one for each thread that has a call under way, and what happens when one is lost.

A connection is opened on use and kept for the next call. If the server allows no further one, the call waits until one
is idle. When a server was restarted, or another one took over, all of
them are dead: the first error throws every idle one away, and the call is repeated once with a new one. A call whose
COMMIT was under way may have been stored; it is repeated only if that is harmless.
"""

import contextlib
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from chat.storage import StorageError, StorageUnavailable

MAX_CONNECTIONS = 16  # of one process; a further call waits for one
RETRY_SECONDS = 0.2  # between two tries to connect to a server that allows no further connection
HERE = "(select id from chat_room where slug = %s)"  # a statement of its own sees it after the lock is held
T = TypeVar("T")
Row = tuple[Any, ...]


class Statement(NamedTuple):
    """SQL with `%s` for each value.

    `is_planned_anew`: the best plan depends on the values.
    """

    sql: str
    values: Sequence[object] = ()
    is_planned_anew: bool = False


class Connection(Protocol):
    """One connection. Methods raise the errors of the dialect."""

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """The rows of each, with one round trip for all of them."""

    def wait_longer(self) -> None:
        """From here to the end of the transaction there is no deadline."""

    @property
    def is_lost(self) -> bool:
        """Whether it cannot be used again."""

    def close(self) -> None:
        """Close it."""


class Dialect(Protocol):
    """What differs between the databases."""

    errors: tuple[type[Exception], ...]
    stored_twice: type[Exception]  # of `errors`: a row would break a unique constraint
    begin: Statement  # of a transaction that writes
    begin_snapshot: Statement  # of one that only reads: all of its statements see the same
    write_check: Sequence[Statement]  # needs some space on the disk, and changes nothing
    fragments: dict[str, str]  # by name: what replaces `{name}` in a statement
    location: str  # for people, without a password
    has_trigrams: bool  # whether an index of pg_trgm can find texts
    has_writing_with: bool  # whether a statement may update one table and insert into another

    def connect(self) -> Connection:
        """A new connection. Raises `errors`."""

    def is_crowded(self, error: Exception) -> bool:
        """Whether the server allows no further connection now."""

    def list_of(self, values: Sequence[int] | Sequence[str]) -> object:
        """The value of `{among}`."""

    def texts(self, values: Sequence[str]) -> object:
        """The value of an array of texts, where `has_writing_with`. Raises `errors`."""

    def pattern(self, text: str) -> str:
        """The value of `{contains}`."""

    def why(self, error: Exception) -> str:
        """The error in a few words, on one line."""


class Transaction:
    """A transaction. It is rolled back unless `commit` has returned."""

    def __init__(self, connection: Connection, begin: Statement) -> None:
        self._connection = connection
        self._begin = begin
        self.is_begun = self.is_committing = False

    def run(self, *statements: Statement) -> list[list[Row]]:
        """The rows of each statement."""
        if self.is_begun:
            return self._connection.run(statements)
        self.is_begun = True
        return self._connection.run([self._begin, *statements])[1:]

    def run_alone(self, statement: Statement) -> list[Row]:
        """The rows of a statement that is a transaction of its own: it fails as a whole, or it is durable."""
        self.is_committing = True
        [rows] = self._connection.run([statement])
        self.is_committing = False
        return rows

    def commit(self, *statements: Statement) -> list[list[Row]]:
        """Run the last statements and make everything durable."""
        begin = [] if self.is_begun else [self._begin]
        self.is_begun = self.is_committing = True
        found = self._connection.run([*begin, *statements, Statement("commit")])
        self.is_begun = False
        return found[len(begin) : -1]

    def wait_longer(self) -> None:
        """Without a deadline: a large room takes its time."""
        self._connection.wait_longer()

    def roll_back(self) -> None:
        """Take everything back, unless it is committed."""
        if self.is_begun and not self._connection.is_lost:
            self.is_begun = self.is_committing = False
            self._connection.run([Statement("rollback")])


class Connections:
    """The connections of one process. Thread-safe. Methods raise `StorageError`."""

    def __init__(self, dialect: Dialect, wait_seconds: float) -> None:
        self.dialect = dialect
        self._wait_seconds = wait_seconds  # for a free connection
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue()
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        weakref.finalize(self, _close_all, self._idle)

    def sql(self, text: str, *values: object) -> Statement:
        """A statement in the dialect."""
        return Statement(text.format_map(self.dialect.fragments), values)

    def read(self, room: str | None, *statements: Statement) -> list[list[Row]]:
        """The rows of each statement."""
        return self._call(room, lambda connection: connection.run(statements), lambda: True)

    def write(self, room: str | None, work: Callable[[Transaction], T], *, may_repeat: bool = False) -> T:
        """Call `work` with a transaction. `may_repeat`: if it was committed it finds that, and changes nothing."""
        return self._in_transaction(room, self.dialect.begin, work, may_repeat)

    def snapshot(self, room: str | None, work: Callable[[Transaction], T]) -> T:
        """Call `work` with a transaction that sees everything as it was at one moment, and changes nothing."""
        return self._in_transaction(room, self.dialect.begin_snapshot, work, may_repeat=True)

    def _in_transaction(
        self, room: str | None, begin: Statement, work: Callable[[Transaction], T], may_repeat: bool
    ) -> T:
        last: list[Transaction] = []

        def in_transaction(connection: Connection) -> T:
            last[:] = [transaction := Transaction(connection, begin)]
            try:
                return work(transaction)
            finally:
                transaction.roll_back()

        return self._call(room, in_transaction, lambda: may_repeat or not last or not last[0].is_committing)

    def _call(self, room: str | None, work: Callable[[Connection], T], may_repeat: Callable[[], bool]) -> T:
        with self._turn(room):
            try:
                connection = self._idle_one()
                if connection is None:
                    return self._with(self._connect(), work)
                try:
                    return self._with(connection, work)
                except self.dialect.errors:
                    if not connection.is_lost or not may_repeat():
                        raise
                self.close()
                return self._with(self._connect(), work)
            except self.dialect.errors as error:
                raise StorageUnavailable(room, self.dialect.why(error), self.dialect.location) from error

    def _idle_one(self) -> Connection | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _connect(self) -> Connection:
        """A new connection; from a server that allows no further one, the next that is idle."""
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                return self.dialect.connect()
            except self.dialect.errors as error:
                if not self.dialect.is_crowded(error) or time.monotonic() >= deadline:
                    raise
            with contextlib.suppress(queue.Empty):
                return self._idle.get(timeout=RETRY_SECONDS)

    @contextlib.contextmanager
    def _turn(self, room: str | None) -> Iterator[None]:
        if not self._free.acquire(timeout=self._wait_seconds):
            why = "all connections to the database are in use"
            raise StorageUnavailable(room, why, self.dialect.location)
        try:
            yield
        finally:
            self._free.release()

    def _with(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        """Keep the connection unless a statement has failed: psycopg may take later ones for prepared that are not."""
        keep = False
        try:
            found = work(connection)
            keep = True
            return found
        except (StorageError, ValueError):
            keep = True
            raise
        finally:
            if keep and not connection.is_lost:
                self._idle.put(connection)
            else:
                connection.close()

    def close(self) -> None:
        """Close what is idle."""
        _close_all(self._idle)


def _close_all(connections: "queue.LifoQueue[Connection]") -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            connections.get_nowait().close()
