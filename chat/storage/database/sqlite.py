"""SQLite: for trying CHAT_STORAGE=database, and for one process. A transaction that writes locks the whole file."""

import json
import sqlite3
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from chat.storage.database.connections import HERE, Connection, Row, Statement

_FIELDS = (
    *("id", "type", "author", "username", "message", "timestamp", "client_id", "reply_to", "target", "emoji"),
    *("on", "topic", "name", "batch"),
)


def _values_of(fields: Sequence[str]) -> str:
    """The members of each object in an array of JSON, as columns."""
    columns = ", ".join(f"json_extract(value, '$.{name}') as \"{name}\"" for name in fields)
    return f"(select {columns} from json_each(%s))"


class SQLite:
    """What differs from PostgreSQL."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    stored_twice: type[Exception] = sqlite3.IntegrityError
    has_trigrams = False
    has_writing_with = False
    begin = Statement("begin immediate")  # otherwise a transaction that has read may find that it cannot write
    begin_snapshot = Statement("begin")
    write_check: Sequence[Statement] = (Statement("pragma user_version = 0"),)
    fragments = {
        "for_update": "",
        "lock_names": "select 1",
        "among": "in (select value from json_each(%s))",
        "contains": "instr(t.search, %s) > 0",
        "length": "length",
        "reactions": "case when e.rev is not null then (select json_group_array(json_array(r.emoji, r.author,"
        " r.username)) from (select * from chat_reaction a where a.room_id = e.room_id and a.target = e.id"
        " order by a.since, a.id) r) end",
        "share_e": "",
        "update_s": "",
        "events": f"{_values_of(_FIELDS)} as r",
        "texts": f"{_values_of(('id', 'search', 'timestamp'))} as t",
        "events_e": f"json_each(%s) k cross join chat_event e on e.room_id = {HERE} and e.id = k.value",
        "edit_x": "left join chat_event x on x.room_id = e.room_id and x.id = e.edit",
        "delete_d": "join chat_event d on d.room_id = e.room_id and d.id = e.deletion",
        "repeats": f"json_each(%s) k cross join chat_event e on e.room_id = {HERE}"
        " and e.author = json_extract(k.value, '$.author') and e.client_id = json_extract(k.value, '$.client_id')",
    }

    def __init__(self, url: str, lock_timeout_seconds: float) -> None:
        self.location = unquote(urlsplit(url).path[1:])
        self._lock_timeout_seconds = lock_timeout_seconds

    def connect(self) -> Connection:
        """A new connection."""
        return SQLiteConnection(
            sqlite3.connect(self.location, self._lock_timeout_seconds, isolation_level=None, check_same_thread=False)
        )

    def is_crowded(self, error: Exception) -> bool:
        """A file has no bound."""
        return False

    def list_of(self, values: Sequence[int] | Sequence[str]) -> object:
        """A JSON array."""
        return json.dumps(list(values))

    def texts(self, values: Sequence[str]) -> object:
        """There are no arrays."""
        raise NotImplementedError

    def pattern(self, text: str) -> str:
        """The value of `{contains}`."""
        return text

    def why(self, error: Exception) -> str:
        """What the library says."""
        is_locked = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
        return "another process is writing to the database" if is_locked else str(error)


class SQLiteConnection:
    """One connection, used by one thread at a time."""

    is_lost = False

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """The rows of each."""
        execute = self._connection.execute
        return [execute(each.sql.replace("%s", "?"), each.values).fetchall() for each in statements]

    def wait_longer(self) -> None:
        """There is no deadline for a file."""

    def close(self) -> None:
        """Close it."""
        self._connection.close()
