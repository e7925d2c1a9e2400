"""The rooms of one database."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from chat.conf import Conf
from chat.storage import AppendOutcome, Draft, Record, RoomInfo, Store, Tally, Verification
from chat.storage.database import whole_room
from chat.storage.database.connections import Connections, Dialect
from chat.storage.database.log import DatabaseLog
from chat.storage.database.receiving import fill, receive
from chat.storage.database.room_row import RoomRow, select_all, select_row
from chat.storage.json_files.backup import default_backup_path
from chat.storage.quota import Quota
from chat.storage.records import AnyRecord


def open_store(conf: Conf, quota: Quota, lock_timeout_seconds: float) -> Store:
    """The store in the database that the settings name."""
    dialect = dialect_of(conf.database_url, lock_timeout_seconds)
    return DatabaseStore(Connections(dialect, lock_timeout_seconds), quota, conf.storage_dir)


def dialect_of(url: str, lock_timeout_seconds: float) -> Dialect:
    """What DATABASE_URL leads to. The driver is imported here."""
    if url.startswith("sqlite:"):
        from chat.storage.database.sqlite import SQLite

        return SQLite(url, lock_timeout_seconds)
    from chat.storage.database.postgresql import PostgreSQL

    return PostgreSQL(url, lock_timeout_seconds)


class DatabaseStore:
    """The rooms of one database. `folder` is where copies of rooms go."""

    def __init__(self, connections: Connections, quota: Quota, folder: Path) -> None:
        self._connections = connections
        self._quota = quota
        self._folder = folder

    @property
    def location(self) -> str:
        """The database, without its password."""
        return self._connections.dialect.location

    def rooms(self) -> list[RoomInfo]:
        """Every room, by its name for people. Raises `StorageError`."""
        [rows] = self._connections.read(None, select_all(self._connections))
        return sorted((RoomRow(*row).info for row in rows), key=lambda info: (info.name.casefold(), info.room))

    def find(self, room: str) -> RoomInfo | None:
        """One room; None if there is none. Raises `StorageError`."""
        [rows] = self._connections.read(room, select_row(self._connections, room))
        return RoomRow(*rows[0]).info if rows else None

    def look(self, rooms: Collection[str]) -> dict[str, tuple[str, int]]:
        """The epoch and the last id of these rooms, with one query; a room that is not there is left out."""
        sql = "select slug, epoch, last_id from chat_room where slug {among}"
        slugs = self._connections.dialect.list_of(list(rooms))
        [rows] = self._connections.read(None, self._connections.sql(sql, slugs))
        return {slug: (epoch, last_id) for slug, epoch, last_id in rows}

    def open(self, room: str) -> DatabaseLog:
        """A room's log; without a row it is empty, and its first batch creates one. Raises `StorageError`."""
        log = self._log(room)
        log.refresh()
        return log

    def append(self, room: str, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        """Append to a room. Raises `StorageError`."""
        return self._log(room).append(drafts)

    def create(self, room: str, name: str) -> bool:
        """Create a room; False if there is one. Raises `StorageError`."""
        return self._log(room).create(name)

    def remove(self, room: str, epoch: str, last_id: int) -> bool:
        """Remove a room with everything in it. Raises `StorageError`."""
        return self._log(room).remove(epoch, last_id)

    def check_writable(self) -> None:
        """Commit a transaction that writes something. Raises `StorageUnavailable`."""
        check = self._connections.dialect.write_check
        self._connections.write(None, lambda transaction: transaction.commit(*check), may_repeat=True)

    def verify(self, room: str) -> Verification:
        """Check whether the rows of a room belong together. Raises `StorageError`."""
        return whole_room.verify(self._connections, room)

    def back_up(self, room: str, target: Path) -> None:
        """Write a room's file as the JSON store has it. Raises `StorageError`, OSError."""
        if target.parent == self._folder:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole_room.back_up(self._connections, room, target)

    def receive(self, room: str, head: Record, tally: Tally, events: Iterable[Record], *, after: int) -> None:
        """Store a room of another store, the events behind `after`. Raises `StorageError`."""
        receive(self._connections, room, head, tally, events, after=after)

    def fill(self, room: str, name: str, topic: str, events: Iterable[AnyRecord]) -> bool:
        """Store a new room, a part in each transaction. Raises `StorageError`."""
        return fill(self._connections, room, name, topic, events)

    def default_backup_path(self, room: str) -> Path:
        """In the folder, with the time in its name."""
        return default_backup_path(self._folder / f"{room}.json")

    def owns(self, path: Path) -> bool:
        """No file is a part of a database."""
        return False

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _log(self, room: str) -> DatabaseLog:
        return DatabaseLog(self._connections, room, self._quota)
