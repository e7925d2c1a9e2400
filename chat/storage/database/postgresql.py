"""PostgreSQL: psycopg, with several statements in one round trip, and a deadline for a server that does not answer."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict

from chat.storage.database.connections import HERE, Connection, Row, Statement

CONNECT_SECONDS = 3
ANSWER_SECONDS = 10.0  # a server that has not answered by then counts as lost, unless it may wait longer for a lock
LOCK_MARGIN_SECONDS = 2.0  # so that the end of the wait for a lock comes first
# Plans are kept. One that was made when a table had a page would go on to read all of it when it has thousands.
PLANNING = {"enable_seqscan": "off", "jit": "off"}
T = TypeVar("T")
_special = re.compile(r"[\\%_]")
_crowded = re.compile("too many (clients|connections)|remaining connection slots")


def _event(room: str, event_id: str) -> str:
    return f"select * from chat_event c where c.room_id = {room} and c.id = {event_id} limit 1"


class PostgreSQL:
    """What differs from SQLite."""

    errors: tuple[type[Exception], ...] = (psycopg.Error,)
    stored_twice: type[Exception] = psycopg.errors.UniqueViolation
    has_trigrams = True
    has_writing_with = True
    begin = Statement("begin")
    begin_snapshot = Statement("begin isolation level repeatable read read only")
    # The message reaches the log, which has space of its own; so the sort needs a temporary file on a disk that may be
    # full. The update is refused where only reading is allowed.
    write_check: Sequence[Statement] = (
        Statement("set local work_mem = '64kB'"),
        Statement(
            "with nothing as (update chat_room set slug = slug where false)"
            " select count(*), pg_logical_emit_message(true, 'chatsite', 'check')"
            " from (select number from generate_series(1, 4000) number order by number desc offset 0) sorted"
        ),
    )
    fragments = {
        "for_update": "for update",
        "lock_names": "select pg_advisory_xact_lock(1667785076)",  # a number of this program's own
        "among": "= any(%s)",
        "contains": "t.search like %s",
        "length": "octet_length",
        "reactions": "case when e.rev is not null then (select json_agg(json_build_array(r.emoji, r.author, r.username)"
        " order by r.since, r.id)::text from chat_reaction r where r.room_id = e.room_id and r.target = e.id) end",
        "share_e": "for share of e",
        "update_s": "for update of s",
        "events": "json_to_recordset(%s) as r(id bigint, type text, author text, username text, message text,"
        ' timestamp text, client_id text, reply_to bigint, target bigint, emoji text, "on" boolean, topic text,'
        " name text, batch bigint)",
        "texts": "json_to_recordset(%s) as t(id bigint, search text, timestamp text)",
        # With `lateral` and a limit the index is used for each key. A join may read the whole room for each row, by a
        # plan that was made, and is kept, while the tables were as good as empty.
        "events_e": f"unnest(%s::bigint[]) k(id), lateral ({_event(HERE, 'k.id')}) e",
        "edit_x": f"left join lateral ({_event('e.room_id', 'e.edit')}) x on true",
        "delete_d": f"cross join lateral ({_event('e.room_id', 'e.deletion')}) d",
        "repeats": "json_to_recordset(%s) as k(author text, client_id text), lateral (select * from chat_event c"
        f" where c.room_id + 0 = {HERE} and c.author = k.author and c.client_id = k.client_id limit 1) e",
    }

    def __init__(self, url: str, lock_timeout_seconds: float) -> None:
        self._url = url
        self._answer_seconds = max(ANSWER_SECONDS, lock_timeout_seconds + LOCK_MARGIN_SECONDS)
        timeouts = {
            "lock_timeout": lock_timeout_seconds,
            "statement_timeout": self._answer_seconds,
            "idle_in_transaction_session_timeout": ANSWER_SECONDS,  # a stopped process keeps no room locked
        }
        options = {**{name: round(1000 * seconds) for name, seconds in timeouts.items()}, **PLANNING}
        self._options = " ".join(f"-c {name}={value}" for name, value in options.items())
        parts = conninfo_to_dict(url)
        self.location = f"{parts.get('dbname', '')} on {parts.get('host') or 'this machine'}"

    def connect(self) -> Connection:
        """A new connection."""
        options = self._options
        connection = _Connection.connect(self._url, autocommit=True, connect_timeout=CONNECT_SECONDS, options=options)
        return PostgreSQLConnection(connection, self._answer_seconds)

    def is_crowded(self, error: Exception) -> bool:
        """By the words of the server in English: psycopg does not tell the code of an error of a new connection."""
        return bool(_crowded.search(str(error)))

    def list_of(self, values: Sequence[int] | Sequence[str]) -> object:
        """An array."""
        return list(values)

    def texts(self, values: Sequence[str]) -> object:
        """An array as text, a few calls for all values: psycopg makes some for each, which take as long as the insert.

        Raises DataError where a text has U+0000, as PostgreSQL does.
        """
        joined = "\0".join(values)
        if joined.count("\0") != len(values) - 1:
            raise psycopg.errors.UntranslatableCharacter
        return '{"' + joined.replace("\\", r"\\").replace('"', r"\"").replace("\0", '","') + '"}'

    def pattern(self, text: str) -> str:
        """For LIKE."""
        return "%" + _special.sub(r"\\\g<0>", text) + "%"

    def why(self, error: Exception) -> str:
        """The first line of what the server, or the library, says."""
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return "another process is writing to this room"
        if isinstance(error, psycopg.errors.UntranslatableCharacter):
            return "a text holds the character U+0000, which PostgreSQL cannot store"
        return str(error).split("\n")[0] or type(error).__name__


class PostgreSQLConnection:
    """One connection of psycopg. A server that has not answered after `answer_seconds` counts as lost."""

    def __init__(self, connection: "_Connection", answer_seconds: float) -> None:
        self._connection = connection
        self._answer_seconds = connection.answer_seconds = answer_seconds

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """The rows of each, in a pipeline if there are several."""
        try:
            return self._run(statements)
        finally:
            if statements[-1].sql in {"commit", "rollback"}:
                self._connection.answer_seconds = self._answer_seconds

    def _run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        if len(statements) == 1:
            return [_rows(self._execute(statements[0]))]
        with self._connection.pipeline():
            cursors = [self._execute(statement) for statement in statements]
        return [_rows(cursor) for cursor in cursors]

    def _execute(self, statement: Statement) -> "psycopg.Cursor[Row]":
        prepare = False if statement.is_planned_anew else None  # None: when it comes for the fifth time
        return self._connection.execute(statement.sql, statement.values, prepare=prepare)

    def wait_longer(self) -> None:
        """Until the end of the transaction."""
        self.run([Statement("set local statement_timeout = 0")])
        self._connection.answer_seconds = None

    @property
    def is_lost(self) -> bool:
        """Whether it is closed or broken."""
        return self._connection.closed

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def _rows(cursor: "psycopg.Cursor[Any]") -> list[Row]:
    return cursor.fetchall() if cursor.description else []


class _Connection(psycopg.Connection[Row]):
    """A connection that is thrown away when the server does not answer.

    `statement_timeout` is enforced by the server, so it does not help when the whole server is stopped.
    """

    answer_seconds: float | None = None

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Run what psycopg wants to send and to receive. Raises OperationalError after the deadline."""
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer") from None
