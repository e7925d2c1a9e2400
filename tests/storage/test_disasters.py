"""The machine dies at every moment of a room's life, and at every byte of every write.

Whatever the disk may hold then is opened by the real code: what was acknowledged is there byte for byte, nothing is
there that nobody sent, ids have no gap and no double, the file is valid JSON, and what was cut off is kept.
"""

import contextlib
import errno
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.storage import StorageUnavailable
from chat.storage.room_file import RoomFile
from chat.storage.scan import CLOSING
from tests.storage.disks import MemoryDisk
from tests.storage.history import LOBBY, Promises, open_lobby, said
from tests.storage.troubles import after, none, once

pytestmark = pytest.mark.usefixtures("quiet")
LONG = "a sentence that goes on and on, with \u00fcml\u00e4uts, " * 7  # a batch of three covers several sectors


@pytest.fixture
def quiet() -> Iterator[None]:
    """Thousands of torn tails, and a warning for each."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


class Crashes:
    """Opens every state that a crash may leave, after every call that changes something on the disk."""

    def __init__(self, *, fine: bool = True, repairs_too: int = 0) -> None:
        self.disk = MemoryDisk()
        self.disk.changed = self.look_at_all
        self.promises = Promises()
        self.states = 0
        self._fine = fine
        self._repairs_too = repairs_too
        self._seen: set[tuple[object, ...]] = set()

    def look_at_all(self) -> None:
        for files in self.disk.after_a_crash(fine=self._fine):
            key = (files.get(LOBBY), len(self.promises.acknowledged), self.promises.cleared)
            if key in self._seen:
                continue
            self._seen.add(key)
            self.states += 1
            self.promises.hold_on(files)
            if self._repairs_too and self.states % self._repairs_too == 0:
                self._crash_again(files)

    def _crash_again(self, files: dict[Path, bytes]) -> None:
        """The machine comes up and dies again while the file is being mended."""
        disk = MemoryDisk(files)

        def look() -> None:
            for again in disk.after_a_crash(fine=False):
                self.states += 1
                self.promises.hold_on(again)

        disk.changed = look
        open_lobby(disk)


def live(crashes: Crashes) -> None:
    """What happens in a room, two processes and a clear included."""
    disk, promises = crashes.disk, crashes.promises
    alice, bob = open_lobby(disk), open_lobby(disk)
    promises.append(alice, disk, said("hi", "1"))
    promises.append(alice, disk, said("how", "2"), said("are", "3"), said('you {"id":9}', "4"))
    promises.append(bob, disk, said(LONG, "5"), said("hi", "1"), said(LONG, "6"), said(LONG, "7"))
    promises.append(alice, disk, said(LONG, "8"), said(LONG, "9"))
    promises.clear(bob, disk, 4)
    promises.append(alice, disk, said("after the clear", "10"), said(LONG, "11"))
    crashes.look_at_all()


def test_nothing_that_was_acknowledged_is_lost_whenever_the_machine_dies() -> None:
    crashes = Crashes()
    live(crashes)
    assert crashes.states > 3500


def test_a_crash_in_the_middle_of_a_repair_loses_nothing_either() -> None:
    crashes = Crashes(fine=False, repairs_too=1)
    live(crashes)
    assert crashes.states > 1000


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("call", ["write", "sync_data"])
def test_a_crash_after_a_failed_append_loses_nothing(call: str, number: int) -> None:
    crashes = Crashes(fine=False)
    disk, promises = crashes.disk, crashes.promises
    log = open_lobby(disk)
    promises.append(log, disk, said("before"))
    disk.trouble = once(call, number)
    with pytest.raises(StorageUnavailable):
        promises.append(log, disk, said(LONG), said(LONG))
    crashes.look_at_all()
    promises.append(log, disk, said("after"))
    crashes.look_at_all()
    assert not disk.abused


def one_that_dies_in_doubt() -> Crashes:
    """A process failed to sync its last message, refused it, and died; the bytes are still in the kernel's hands."""
    crashes = Crashes(fine=False)
    disk, promises = crashes.disk, crashes.promises
    dying = open_lobby(disk)
    promises.append(dying, disk, said("before"))
    disk.trouble = after("sync_data", errno.EIO)
    with pytest.raises(StorageUnavailable):
        promises.append(dying, disk, said("in doubt", "1"))
    disk.trouble = none
    return crashes


def test_what_a_dead_process_failed_to_sync_is_durable_before_more_follows() -> None:
    """The kernel calls its pages clean, so the next process sees whole records that are not on the disk at all.

    It took them in and wrote on behind them; after a power cut there was a hole in front of acknowledged messages.
    """
    crashes = one_that_dies_in_doubt()
    crashes.promises.append(open_lobby(crashes.disk), crashes.disk, said("behind it"))
    crashes.look_at_all()


def test_what_a_dead_process_failed_to_sync_is_durable_before_a_repeat_is() -> None:
    crashes = one_that_dies_in_doubt()
    crashes.promises.append(open_lobby(crashes.disk), crashes.disk, said("in doubt", "1"))
    crashes.look_at_all()


# Writers that are wrong on purpose, to prove that the tests above would notice


def acknowledges_before_the_sync(file: RoomFile, data: bytes) -> None:
    file._disk.write(file._fd.writing(), data + CLOSING, file.end)
    file._settle(data)


def ignores_a_failed_sync(file: RoomFile, data: bytes) -> None:
    fd = file._fd.writing()
    file._disk.write(fd, data + CLOSING, file.end)
    with contextlib.suppress(OSError):
        file._disk.sync_data(fd)
    file._settle(data)


def syncs_again_after_a_failed_sync(file: RoomFile, data: bytes) -> None:
    fd = file._fd.writing()
    file._disk.write(fd, data + CLOSING, file.end)
    try:
        file._disk.sync_data(fd)
    except OSError:
        file._disk.sync_data(fd)
    file._settle(data)


def trusts_what_others_wrote(file: RoomFile) -> None:
    """It adds nothing behind what it found, so it writes nothing again."""


@pytest.mark.parametrize(
    ("method", "wrong", "test"),
    [
        ("append", acknowledges_before_the_sync, test_nothing_that_was_acknowledged_is_lost_whenever_the_machine_dies),
        (
            "write_again",
            trusts_what_others_wrote,
            test_what_a_dead_process_failed_to_sync_is_durable_before_more_follows,
        ),
        (
            "write_again",
            trusts_what_others_wrote,
            test_what_a_dead_process_failed_to_sync_is_durable_before_a_repeat_is,
        ),
    ],
)
def test_a_wrong_writer_is_caught(
    method: str, wrong: Callable[[RoomFile], None], test: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RoomFile, method, wrong)
    with pytest.raises(AssertionError):
        test()


@pytest.mark.parametrize("wrong", [ignores_a_failed_sync, syncs_again_after_a_failed_sync])
def test_a_writer_that_goes_on_after_a_failed_sync_is_caught(
    wrong: Callable[[RoomFile, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RoomFile, "append", wrong)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_a_crash_after_a_failed_append_loses_nothing("sync_data", errno.EIO)
