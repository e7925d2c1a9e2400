"""Crashes at every moment of a room's life: each state that one may leave is opened by the real code, and compared.

Held in each: everything that was shown to people is there byte for byte, nothing is there that nobody sent, ids have no
gap and no double, the file is valid JSON once it was opened, what was cut off is kept, the room is listed, opening
once more changes nothing, and writing goes on. And when the machine dies again while it opens the file, the end of it
all is the same.
"""

import json
from pathlib import Path

from chat.storage import RoomInfo
from chat.storage.json_files.scan import TRAILER
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, History, Rows, open_lobby, rows_of, said
from tests.support.storage.scenarios import Life

Files = dict[Path, bytes]


class Crashes:
    """Looks at every state after every call that changes something.

    A file that was opened before is not opened again: what the code makes of it depends on nothing else. In one of so
    many (`repairs`) the machine dies again during the repair, at every moment of that. With `survivors`, after every
    call, only this process dies, another one goes on, and the machine dies at any moment of that.
    """

    def __init__(
        self, history: History | None = None, *, fine: bool = True, repairs: int = 1, survivors: bool = True
    ) -> None:
        self.history = history or History()
        self.history.disk.changed = self.look
        self.found: dict[bytes | None, Rows] = {None: {}}  # what the code found in each state of the file
        self.repaired = 0  # how many of those a crash during a repair has left
        self._mended: dict[bytes, Rows] = {}
        self._compared: set[tuple[int, int]] = set()
        self._fine = fine
        self._repairs = repairs
        self._survivors = survivors

    @property
    def states(self) -> int:
        """How many different files the code has opened, without those that a crash during a repair has left."""
        return len(self.found) - self.repaired

    def live(self, life: Life) -> None:
        """Live through it, with every crash that there may be."""
        life(self.history)
        self.look()

    def look(self) -> None:
        """The machine may die now."""
        for files in self.history.disk.after_a_crash(LOBBY, fine=self._fine):
            image = files.get(LOBBY)
            if image is not None and image not in self.found:
                self._open(image, files)
            self._compare(self.found[image])
        if self._survivors:
            self._survive()

    def _survive(self) -> None:
        """This process dies; another opens the room and says something."""
        other = Crashes(self.history.forked(), fine=False, repairs=self._repairs, survivors=False)
        other.found, other._mended = self.found, self._mended
        other.history.say(other.history.open(), "I am still here")
        other.look()
        self.repaired += other.repaired

    def _compare(self, found: Rows) -> None:
        key = id(found), self.history.version
        if key not in self._compared:
            self.history.compare(found)
            self._compared.add(key)

    def _open(self, image: bytes, files: Files) -> None:
        disk = MemoryDisk(files)
        second: dict[tuple[bytes, int], Files] = {}

        def look_again() -> None:
            for left in disk.after_a_crash(LOBBY):
                second[left[LOBBY], len(left)] = left

        if len(self.found) % self._repairs == 0:
            disk.changed = look_again
        log = open_lobby(disk)
        assert log.damage is None, f"a crash is taken for damage: {log.damage}"
        mended = disk.content(LOBBY)
        assert disk.is_durable(LOBBY, mended), "it is shown, and not on the disk"
        torn = image[len(mended) - len(TRAILER) :]
        assert image.startswith(mended[: -len(TRAILER)])
        assert _is_kept(torn, disk.durable()), f"cut off and gone: {torn!r}"
        self.found[image] = self._read(mended)
        for left in second.values():
            self._crash_again(left, torn, mended)

    def _crash_again(self, files: Files, torn: bytes, mended: bytes) -> None:
        """The machine dies while it repairs the file."""
        image = files[LOBBY]
        assert image.endswith(torn) or _is_kept(torn, files), f"cut off before it was kept: {torn!r}"
        if image not in self.found:
            self.repaired += 1
            self._open(image, files)
        assert self.found[image] is self._mended[mended], "a crash during the repair made a difference"

    def _read(self, mended: bytes) -> Rows:
        """What is in a file after it was opened; looked through once, for many states end there."""
        if mended not in self._mended:
            self._mended[mended] = rows_of(mended)
            _look_through(mended, self._mended[mended])
        return self._mended[mended]


def _is_kept(torn: bytes, files: Files) -> bool:
    return not torn.strip(b"] \t\r\n,") or any(torn == files[path] for path in files if ".torn-" in path.name)


def _look_through(mended: bytes, rows: Rows) -> None:
    try:
        records = json.loads(mended)
    except ValueError:
        raise AssertionError(f"not JSON: {mended!r}") from None
    assert [record["id"] for record in records] == list(rows), "an id stands there twice"
    disk = MemoryDisk({LOBBY: mended})
    log = open_lobby(disk)
    assert disk.content(LOBBY) == mended, "opened once more it is another file"
    assert [record.id for record in log.page(limit=1000).records] == list(rows)[1:]
    assert (log.epoch, log.last_id) == (records[0]["epoch"], records[-1]["id"])
    assert JsonFileStore(FOLDER, disk).rooms() == [RoomInfo("lobby", records[0]["name"], log.last_id)]
    assert log.append([said("on we go")])[0].record.id == records[-1]["id"] + 1
    assert disk.content(LOBBY).startswith(mended[: -len(TRAILER)])
