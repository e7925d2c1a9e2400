"""The stateful test of every backend, on small files that count as large: with a stored index, and read in pieces."""

import pytest

from chat.storage import RoomLog
from chat.storage.json_files import reader, states
from chat.storage.json_files.store import JsonFileStore
from tests.support.effort import Tally, effort
from tests.support.storage import cached_room
from tests.support.storage.clocks import impatient
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER
from tests.support.storage.two_processes import TwoProcesses, check


class WithStoredIndex(TwoProcesses):
    def __init__(self, tally: Tally) -> None:
        disk = MemoryDisk()
        super().__init__(lambda: JsonFileStore(FOLDER, disk, clock=impatient()), "lobby", tally)

    def opened(self) -> RoomLog:
        log = super().opened()
        if hasattr(self, "model"):
            self._tally("openings with a stored index", cached_room.is_cached(log))
        return log


@pytest.mark.promise
def test_two_processes_show_a_room_as_it_is_whatever_happens(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_room, "LARGE", 500)
    cached_room.make_files_large(monkeypatch)
    monkeypatch.setattr(states, "MAX_WEIGHT", 12)
    monkeypatch.setattr(reader, "MAX_GAP_BYTES", 300)
    check(lambda: WithStoredIndex(tally), effort(25, torture=1_000))
