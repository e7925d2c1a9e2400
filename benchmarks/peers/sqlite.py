"""What most chats would store with: SQLite with a write-ahead log, durable, one commit per message."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path


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

    def append(self, author: str, username: str, message: str, client_id: str) -> None:
        """Store one message."""
        row = author, username, message, datetime.now(UTC).isoformat(), client_id
        self._database.execute(
            "INSERT INTO message (author, username, message, timestamp, client_id) VALUES (?, ?, ?, ?, ?)", row
        )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
