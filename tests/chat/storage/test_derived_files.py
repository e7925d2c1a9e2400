"""Whatever removes or replaces a room's file: no text of it stays in the files that were made from it."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.storage import Draft, StorageError
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.log import JsonFileLog
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, said

TEXT = "x-mark words"
DERIVED = [".lobby.search", ".lobby.search.edits", ".lobby.new", ".lobby.index", ".lobby.index.new"]
Act = Callable[[JsonFileStore, JsonFileLog], object]


def _edited_by_hand(store: JsonFileStore, log: JsonFileLog) -> None:
    path = Path(store.location) / "lobby.json"
    path.write_bytes(path.read_bytes().replace(TEXT.encode(), b"nothing"))


def _accept(store: JsonFileStore, log: JsonFileLog) -> None:
    _edited_by_hand(store, log)
    assert store.accept_edits("lobby", store.edits("lobby"), store.default_backup_path("lobby"))


def _lay_out(store: JsonFileStore, log: JsonFileLog) -> None:
    path = Path(store.location) / "lobby.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=1))
    assert store.repair_layout("lobby", store.default_backup_path("lobby"))


def _restore(store: JsonFileStore, log: JsonFileLog) -> None:
    """An older copy is put back, and the next batch stores its epoch."""
    path = Path(store.location) / "lobby.json"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:2], lines[2].removesuffix(b","), b"]", b""]))
    log.append([said("on")])


def _cut_by_hand(store: JsonFileStore, log: JsonFileLog) -> None:
    _edited_by_hand(store, log)
    path = Path(store.location) / "lobby.json"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "nothing" not in line))
    log.refresh()


ACTS: dict[str, Act] = {
    "clear": lambda store, log: log.clear(log.last_id),
    "compact": lambda store, log: log.compact(),
    "remove": lambda store, log: store.remove("lobby", log.epoch, log.last_id),
    "repair of the layout": _lay_out,
    "acceptance of edits": _accept,
}
BY_HAND: dict[str, Act] = {"an older copy": _restore, "an edit by hand": _cut_by_hand}


def _room(folder: Path, disk: Disk) -> tuple[JsonFileStore, JsonFileLog]:
    """Ids 2 to 4: a message, another one with the text, an edit of it."""
    store = JsonFileStore(folder, disk, clock=impatient())
    log = store.open("lobby")
    assert isinstance(log, JsonFileLog)
    log.append([said("before")])
    log.append([said(TEXT), Draft(type="edit", author="alice", username="alice", target=3, message=f"{TEXT} again")])
    log.close()
    return store, log


@pytest.mark.parametrize("name", [*ACTS, *BY_HAND])
def test_the_text_is_nowhere_beside_it(name: str, folder: Path) -> None:
    store, log = _room(folder, Disk())
    for derived in DERIVED:
        (folder / derived).write_text(TEXT)
    {**ACTS, **BY_HAND}[name](store, log)
    left = {".lobby.index", ".lobby.index.new", ".lobby.new"} if name == "an edit by hand" else set()  # without a text
    assert {path.name for path in folder.iterdir()} & set(DERIVED) <= left


class _Keeping(Disk):
    """Removes no search cache."""

    is_kept = True

    def remove(self, path: Path) -> None:
        if self.is_kept and ".search" in path.name and path.exists():
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        super().remove(path)


@pytest.mark.parametrize("name", ACTS)
def test_if_it_cannot_be_removed_nothing_is_and_the_owner_hears_of_it(name: str, folder: Path) -> None:
    """A clear ignored the error, and the cleared words stayed in the search cache for good."""
    disk = _Keeping()
    store, log = _room(folder, disk)
    (folder / ".lobby.search").write_text(TEXT)
    inode = (folder / "lobby.json").stat().st_ino
    with pytest.raises((StorageError, OSError), match="ermission denied"):
        ACTS[name](store, log)
    assert (folder / "lobby.json").stat().st_ino == inode
    disk.is_kept = False
    ACTS[name](store, log)
    assert not (folder / ".lobby.search").exists()


@pytest.mark.parametrize("name", ["clear", "remove"])
def test_no_crash_leaves_it_there_alone(name: str) -> None:
    disk = MemoryDisk()
    store, log = _room(FOLDER, disk)
    fd = disk.open(FOLDER / ".lobby.search", os.O_RDWR | os.O_CREAT)
    disk.write(fd, TEXT.encode(), 0)
    disk.sync(fd)
    disk.sync_folder(FOLDER)
    seen: set[tuple[bool, bool]] = set()

    def look() -> None:
        for left in disk.crash_states(LOBBY):
            seen.add((TEXT.encode() in left.get(LOBBY, b""), (FOLDER / ".lobby.search") in left))

    disk.on_change = look
    ACTS[name](store, log)
    look()
    assert seen == {(True, True), (True, False), (False, False)}
