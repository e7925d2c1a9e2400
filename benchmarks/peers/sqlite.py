"""The usual storage of a small chat: SQLite with a write-ahead log, durable, one commit per message."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from chat.storage import Draft


class SqliteLog:
    """A table of messages; `append` returns when the message is on the disk."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)  # each statement commits
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(
            "CREATE TABLE message (id INTEGER PRIMARY KEY, author TEXT, username TEXT, message TEXT, timestamp TEXT,"
            " client_id TEXT)"
        )

    def append(self, draft: Draft) -> None:
        """Store one message."""
        row = draft.author, draft.username, draft.message, datetime.now(UTC).isoformat(), draft.client_id
        self._database.execute(
            "INSERT INTO message (author, username, message, timestamp, client_id) VALUES (?, ?, ?, ?, ?)", row
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()
