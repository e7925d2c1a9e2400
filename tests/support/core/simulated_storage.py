"""The storage of the simulation: it outlives the server, whose process can be killed in the middle of any call."""

import json
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from chat.storage import RoomLog, Store
from chat.storage.database import whole_room
from chat.storage.database.connections import Connection, Row, Statement
from chat.storage.database.store import DatabaseStore
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.event_model import Event
from tests.support.core.virtual_time_loop import ProcessKilled
from tests.support.storage.databases import database_store
from tests.support.storage.disk_faults import Fault
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, open_lobby

CHANGING_CALLS = {"write", "truncate", "sync_data", "sync", "rename", "sync_folder", "remove"}


class SimulatedStorage(Protocol):
    """One room, the lobby."""

    def open_store(self) -> Store:
        """The store of the next server."""

    def open_lobby(self) -> RoomLog:
        """The log of a command, which `close` ends."""

    def records(self) -> list[Event]:
        """The records that the next process would find, the room's own one first."""

    def is_durable(self, start: Event) -> bool:
        """Whether a record that begins with these fields is stored, whatever happens now."""

    def kill_after(self, calls: int) -> None:
        """Let the server die in a later call: it is the next one but so many."""

    def crash(self, state: int) -> bool:
        """The server is dead. `state` chooses what it left; whether something of it has to be taken away first."""

    def on_idle(self) -> None:
        """The server has done everything."""

    def close(self) -> None:
        """The end of the test."""


class FileOnDisk:
    """A room file on a disk in memory."""

    def __init__(self) -> None:
        self._disk = MemoryDisk()
        self._may_be_torn = False  # whether the file was not opened since the last crash

    def open_store(self) -> Store:
        return JsonFileStore(FOLDER, self._disk)

    def open_lobby(self) -> RoomLog:
        log = open_lobby(self._disk)
        self._may_be_torn = False
        return log

    def records(self) -> list[Event]:
        """If it may be torn, those that are left when it is opened."""
        disk = self._disk
        if self._may_be_torn:
            disk = MemoryDisk({path: disk.nodes[number].content for path, number in disk.names.items()})
            open_lobby(disk).close()
        content = disk.content(LOBBY) if LOBBY in disk.names else b""
        return list(json.loads(content)) if content else []

    def is_durable(self, start: Event) -> bool:
        return self._disk.is_durable(LOBBY, json.dumps(start, separators=(",", ":")).encode()[:-1] + b",")

    def kill_after(self, calls: int) -> None:
        """In a call that changes something. After that only `stat` still works."""
        self._disk.fault = _kill_after(calls)

    def crash(self, state: int) -> bool:
        """State 0 is that of a process that dies; in the others the machine dies."""
        states = list(islice(self._disk.crash_states(LOBBY, cut_every=0), state + 1))
        self._disk, self._may_be_torn = MemoryDisk(states[-1]), True
        return not states[-1].get(LOBBY, b"\n]\n").endswith(b"\n]\n")

    def on_idle(self) -> None:
        self._may_be_torn = False

    def close(self) -> None:
        pass


def _kill_after(calls: int) -> Fault:
    left = [calls]

    def fault(call: str) -> int | None:
        left[0] -= call in CHANGING_CALLS
        if left[0] < 0 and call != "stat":
            raise ProcessKilled
        return None

    return fault


class Database:
    """A database. Its server never dies here: tests/reliability/test_cluster.py kills it."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self._opened: list[DatabaseStore] = []
        self._observer = self._open()
        self._newest: tuple[str, int] | None = None  # epoch and last id of what was read last
        self._records: list[Event] = []
        self.calls_left: int | None = None  # until the server dies; None: it does not

    def _open(self) -> DatabaseStore:
        self._opened.append(database_store(self._url, self._folder))
        return self._opened[-1]

    def open_store(self) -> Store:
        self.calls_left = None
        store = self._open()
        dialect: Any = store._connections.dialect
        connect: Callable[[], Connection] = dialect.connect
        dialect.connect = lambda: _MortalConnection(connect(), self)
        return store

    def open_lobby(self) -> RoomLog:
        return self._open().open("lobby")

    def records(self) -> list[Event]:
        newest = self._observer.look(["lobby"]).get("lobby")
        if newest is not None and newest != self._newest:
            connections = self._observer._connections
            read = connections.snapshot("lobby", lambda each: b"".join(whole_room._file_of(connections, each, "lobby")))
            self._newest, self._records = newest, json.loads(read)
        return self._records

    def is_durable(self, start: Event) -> bool:
        return any(start.items() <= record.items() for record in self.records())

    def kill_after(self, calls: int) -> None:
        self.calls_left = calls

    def crash(self, state: int) -> bool:
        """The database takes back what was not committed."""
        for store in self._opened:
            store.close()
        self._opened = [self._observer]
        return False

    def on_idle(self) -> None:
        pass

    def close(self) -> None:
        self.crash(0)


class _MortalConnection:
    """A connection of the server. When it dies, the last call may have been carried out."""

    def __init__(self, connection: Connection, storage: Database) -> None:
        self._connection = connection
        self._storage = storage

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        left = self._storage.calls_left
        if left is None:
            return self._connection.run(statements)
        self._storage.calls_left = left - 1
        if left < 0:
            raise ProcessKilled
        found = self._connection.run(statements)
        if left == 0:
            raise ProcessKilled
        return found

    def wait_longer(self) -> None:
        self._connection.wait_longer()

    @property
    def is_lost(self) -> bool:
        return self._connection.is_lost

    def close(self) -> None:
        self._connection.close()
