"""Crashes at every moment of a scenario: each state that one may leave is opened by the real code and compared.

Checked in each: everything that was shown is there byte for byte, and nothing that was not sent. Ids have no gap and no
duplicate. The opened file is valid JSON, and what was cut off is kept. The room is listed, opening it once more changes
nothing, and it can be written. If the machine crashes again while it opens the file, the result is the same.
"""

import json
from pathlib import Path

from chat.storage.json_files.blanking import restored
from chat.storage.json_files.scan import TRAILER
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import (
    FOLDER,
    LOBBY,
    ExpectedHistory,
    Rows,
    open_lobby,
    rows_of,
    said,
    shown_ids,
)
from tests.support.storage.scenarios import Scenario

Files = dict[Path, bytes]


class CrashChecker:
    """Checks every state that a crash may leave after every call that changes something.

    Content that was opened before is not opened again: the result depends on nothing else. In one of `recrash_every`
    states the machine crashes again at every moment of the repair. `cut_every`: the last write is also cut within
    its sectors, at every so many bytes; 0: at none. `survivors`: after every call only this process dies, another one
    continues, and the machine crashes at any moment of that.
    """

    def __init__(
        self,
        history: ExpectedHistory | None = None,
        *,
        cut_every: int = 1,
        recrash_every: int = 1,
        survivors: bool = True,
    ) -> None:
        self.history = history or ExpectedHistory()
        self.history.disk.on_change = self.check_now
        self.found: dict[bytes | None, Rows] = {None: {}}  # by content of the file: what the code recovered
        self.repaired = 0  # how many of them a crash during a repair has left
        self._recovered: dict[bytes, Rows] = {}
        self._compared: set[tuple[int, int]] = set()
        self._cut_every = cut_every
        self._recrash_every = recrash_every
        self._survivors = survivors

    @property
    def states(self) -> int:
        """How many different contents the code has opened, without those of crashes during a repair."""
        return len(self.found) - self.repaired

    def run(self, scenario: Scenario) -> None:
        """Run a scenario with every possible crash."""
        scenario(self.history)
        self.check_now()

    def check_now(self) -> None:
        """Check a crash at this moment."""
        for files in self.history.disk.crash_states(LOBBY, cut_every=self._cut_every):
            image = files.get(LOBBY)
            if image is not None and image not in self.found:
                self._open(image, files)
            self._compare(self.found[image])
        if self._survivors:
            self._check_survivor()

    def _check_survivor(self) -> None:
        """This process dies; another one opens the room and writes."""
        other = CrashChecker(self.history.forked(), cut_every=0, recrash_every=self._recrash_every, survivors=False)
        other.found, other._recovered = self.found, self._recovered
        other.history.say(other.history.open(), "I am still here")
        other.check_now()
        self.repaired += other.repaired

    def _compare(self, found: Rows) -> None:
        key = id(found), self.history.version
        if key not in self._compared:
            self.history.compare(found)
            self._compared.add(key)

    def _open(self, image: bytes, files: Files) -> None:
        disk = MemoryDisk(files)
        second: dict[tuple[bytes, int], Files] = {}

        def record_second_crash() -> None:
            for left in disk.crash_states(LOBBY, cut_every=self._cut_every or 1):
                second[left[LOBBY], len(left)] = left

        if len(self.found) % self._recrash_every == 0:
            disk.on_change = record_second_crash
        log = open_lobby(disk)
        assert log.damage is None, f"a crash is taken for damage: {log.damage}"
        recovered = disk.content(LOBBY)
        assert disk.is_durable(LOBBY, recovered), "it is shown, and not on the disk"
        torn = image[len(recovered) - len(TRAILER) :]
        _check_changed_in_place(image, recovered[: -len(TRAILER)])
        assert _is_kept(torn, disk.durable()), f"cut off and gone: {torn!r}"
        self.found[image] = self._read(recovered)
        self.history.check_secrets(self.found[image], disk.durable().values())
        for left in second.values():
            self._check_second_crash(left, torn, recovered)

    def _check_second_crash(self, files: Files, torn: bytes, recovered: bytes) -> None:
        """A crash during the repair of a file."""
        image = files[LOBBY]
        assert image.endswith(torn) or _is_kept(torn, files), f"cut off before it was kept: {torn!r}"
        if image not in self.found:
            self.repaired += 1
            self._open(image, files)
        assert self.found[image] is self._recovered[recovered], "a crash during the repair made a difference"

    def _read(self, recovered: bytes) -> Rows:
        """The records of a file after it was opened; checked once, as many states are recovered to it."""
        if recovered not in self._recovered:
            self._recovered[recovered] = rows_of(recovered)
            _check_recovered(recovered, self._recovered[recovered])
        return self._recovered[recovered]


def _is_kept(torn: bytes, files: Files) -> bool:
    return not torn.strip(b"] \t\r\n,") or any(torn == files[path] for path in files if ".torn-" in path.name)


def _check_changed_in_place(image: bytes, recovered: bytes) -> None:
    """Nothing changed but the lines of deleted messages, and these in no way but to blanks."""
    if image.startswith(recovered):
        return
    begin = 0
    for line in recovered.split(b"\n"):
        before = image[begin : begin + len(line)]
        assert before == line or restored(before.removesuffix(b",")) == line.removesuffix(b","), f"changed: {before!r}"
        begin += len(line) + 1


def _check_recovered(recovered: bytes, rows: Rows) -> None:
    try:
        records = json.loads(recovered)
    except ValueError:
        raise AssertionError(f"not JSON: {recovered!r}") from None
    assert [record["id"] for record in records] == list(rows), "an id stands there twice"
    disk = MemoryDisk({LOBBY: recovered})
    log = open_lobby(disk)
    assert disk.content(LOBBY) == recovered, "opened once more it is another file"
    assert [record.id for record in log.page(limit=1000).records] == shown_ids(rows)
    assert (log.epoch, log.last_id) == (records[0]["epoch"], records[-1]["id"])
    (info,) = JsonFileStore(FOLDER, disk).rooms()
    assert (info.room, info.name, info.last_id) == ("lobby", records[0]["name"], log.last_id)
    assert log.append([said("on we go")])[0].record.id == records[-1]["id"] + 1
    assert disk.content(LOBBY).startswith(recovered[: -len(TRAILER)])
