"""Crashes at every moment of a scenario in which the room's index is stored: with each state of that file, and none.

A stored index is only a cache. So in each state the room has the same records with it as without it, says the same of
itself, and knows the same client_ids.
"""

from itertools import islice
from pathlib import Path

from chat.storage import RoomLog
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient
from tests.support.storage.disks import MemoryDisk, Node
from tests.support.storage.expected_history import FOLDER, LOBBY, ExpectedHistory, said
from tests.support.storage.scenarios import Scenario

INDEX = FOLDER / ".lobby.index"
Files = dict[Path, bytes]


class CacheChecker:
    """Compares one of `every` states. `used`: how many of these were opened with the cache."""

    def __init__(self, every: int = 1) -> None:
        self.compared = self.used = 0
        self._every = every
        self._states: set[tuple[bytes, bytes]] = set()
        self._history = ExpectedHistory()
        self._disk = self._history.disk
        self._disk.on_change = self._check_now
        self._last_cache: bytes | None = None

    def run(self, scenario: Scenario) -> None:
        scenario(self._history)
        self._check_now()

    def _check_now(self) -> None:
        """What this process leaves, and, if it was at work on the cache, what the machine leaves of that."""
        states = self._disk.crash_states(INDEX, cut_every=0)
        cache = self._disk.content(INDEX) if INDEX in self._disk.names else None
        for files in states if cache != self._last_cache else islice(states, 1):
            if LOBBY in files and INDEX in files and (key := (files[LOBBY], files[INDEX])) not in self._states:
                self._states.add(key)
                if len(self._states) % self._every == 0:
                    self._compare(files)
        self._last_cache = cache

    def _compare(self, files: Files) -> None:
        self.compared += 1
        log, other = self._opened(files), self._opened({path: files[path] for path in files if path != INDEX})
        self.used += log._index.is_cached  # type: ignore[attr-defined]
        assert _told(log) == _told(other)
        records = log.page(limit=10_000).records
        repeats = [said("again", each.client_id, each.author or "") for each in records if each.client_id is not None]
        found = [outcome.record.id for outcome in log.append(repeats)]
        assert found == [each.id for each in records if each.client_id is not None], "a repeat is stored twice"

    def _opened(self, files: Files) -> RoomLog:
        """The log of a process after the crash. Files that have their names keep their inodes, and their times."""
        disk = MemoryDisk()
        for other, (path, content) in enumerate(files.items(), 10_000):
            number = self._disk.names.get(path, other)
            known = self._disk.nodes.get(number, Node())
            disk.nodes[number] = Node(content, content, mtime_ns=known.mtime_ns)
            disk.names[path] = number
        return JsonFileStore(FOLDER, disk, clock=impatient()).open("lobby")


def _told(log: RoomLog) -> object:
    """What clients are told of a room; the epoch of an empty one is made up anew."""
    epoch = log.epoch if log.exists else ""
    return epoch, log.name, log.last_id, log.damage, log.page(limit=10_000), log.page(after=0, limit=2)
