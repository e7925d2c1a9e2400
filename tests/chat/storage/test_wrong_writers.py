"""Mutation tests of the crash checker: the writer with one wrong step is caught, whatever the step is.

Only the process that runs the scenario is wrong; the states that its crashes leave are opened by the correct code.
"""

import contextlib
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chat.storage.json_files import atomic_write, room_file, scan, scrubbed_room
from chat.storage.json_files.blanking import without_words
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.durable_end import DurableEnd
from chat.storage.json_files.lines import decode_line
from chat.storage.json_files.room_file import RoomFile
from chat.storage.json_files.scan import TRAILER
from chat.storage.json_files.scrubbed_room import ScrubbedRoom
from tests.support.effort import Tally
from tests.support.storage.crash_checker import CrashChecker
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.scenarios import (
    Scenario,
    clearing,
    conversation,
    creation,
    deleting,
    deleting_on_a_failing_disk,
    deleting_what_was_torn,
    failing_disk,
    onlookers,
    survivors,
)

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.promise]
LOST = "^lost"
WORDS = "^deleted, and still there"
EMPTY = "^not JSON: b''"


def acknowledges_before_the_sync(file: RoomFile, data: bytes) -> None:
    file._disk.write(file._fd.for_writing(), data + TRAILER, file.end)
    file._advance(data, file.current_status())


def syncs_again_after_a_failed_sync(file: RoomFile, data: bytes) -> None:
    fd = file._fd.for_writing()
    file._disk.write(fd, data + TRAILER, file.end)
    try:
        file._disk.sync_data(fd)
    except OSError:
        file._disk.sync_data(fd)
    file._advance(data, file.current_status())


def goes_on_after_an_error(file: RoomFile, data: bytes) -> None:
    fd = file._fd.for_writing()
    with contextlib.suppress(OSError):
        file._disk.write(fd, data + TRAILER, file.end)
        file._disk.sync_data(fd)
    file._advance(data, file.current_status())


def appends_in_place(file: RoomFile, data: bytes) -> None:
    """As `json.dump` to a file opened for writing does."""
    fd = file._fd.for_writing()
    content = file._disk.read(fd, file.end, 0)
    file._disk.truncate(fd, 0)
    file._disk.write(fd, content + data + TRAILER, 0)
    file._disk.sync_data(fd)
    file._advance(data, file.current_status())


def rewrites_in_place(file: RoomFile, parts: Iterable[bytes]) -> None:
    content = b"".join(parts)
    fd = file._disk.open(file.path, os.O_RDWR | os.O_CREAT)
    file._disk.truncate(fd, 0)
    file._disk.write(fd, content, 0)
    file._disk.sync(fd)
    file._disk.close(fd)
    file.is_scanned = False
    file._disk.sync_folder(file.path.parent)


def shows_without_a_trace(disk: MemoryDisk, fd: int) -> None:
    """The process that rolls back a failed write does not learn that it has been shown."""


def trusts_what_others_wrote(file: RoomFile) -> None:
    """It is in the file, so it must be on the disk."""


def renames_before_the_sync(disk: MemoryDisk, fd: int) -> None:
    """The name is there, so the file must be."""


def forgets_the_folder(disk: MemoryDisk, path: Path) -> None:
    """The file is synced, so its name must be."""


def acknowledges_before_the_blanks_are_synced(file: RoomFile, lines: Collection[tuple[int, bytes]]) -> None:
    for offset, line in lines:
        file._disk.write(file._fd.for_writing(), line, offset)
    file._durable_end = DurableEnd.read(file.read, file.end)
    file.status = file._stamp(file._fd.for_writing())


def remembers_the_words(file: RoomFile, lines: Collection[tuple[int, bytes]]) -> None:
    """What is in memory of the last block is not read again, and comes back with the next rollback."""
    fd = file._fd.for_writing()
    for offset, line in lines:
        file._disk.write(fd, line, offset)
    file.status = file._stamp(fd)
    file._disk.sync_data(fd)


def shortens_the_line(file: RoomFile, lines: Collection[tuple[int, bytes]]) -> None:
    """The blanks are behind the record: what stands in front of them moves."""
    fd = file._fd.for_writing()
    for offset, line in lines:
        file._disk.write(fd, without_words(decode_line(line)).ljust(len(line)), offset)
    file._disk.sync_data(fd)
    file._durable_end = DurableEnd.read(file.read, file.end)
    file.status = file._stamp(fd)


def leaves_what_another_process_has_begun(room: ScrubbedRoom) -> bool:
    return False


def trusts_blanks_that_it_reads(room: ScrubbedRoom) -> list[int]:
    """They are in the file, so they must be on the disk."""
    return []


class Mutant(NamedTuple):
    """The wrong method, the scenario in which it matters, and what the checker says."""

    where: type
    method: str
    wrong: Callable[..., Any]
    scenario: Scenario
    message: str


MUTANTS = [
    Mutant(RoomFile, "append", acknowledges_before_the_sync, conversation, LOST),
    Mutant(RoomFile, "append", syncs_again_after_a_failed_sync, failing_disk, LOST),
    Mutant(RoomFile, "append", goes_on_after_an_error, failing_disk, LOST),
    Mutant(RoomFile, "append", appends_in_place, conversation, EMPTY),
    Mutant(RoomFile, "replace", rewrites_in_place, clearing, EMPTY),
    Mutant(MemoryDisk, "touch", shows_without_a_trace, onlookers, LOST),
    Mutant(RoomFile, "make_durable", trusts_what_others_wrote, survivors, LOST),
    Mutant(MemoryDisk, "sync", renames_before_the_sync, clearing, EMPTY),
    Mutant(MemoryDisk, "sync_folder", forgets_the_folder, creation, LOST),
    Mutant(MemoryDisk, "sync_folder", forgets_the_folder, clearing, LOST),
    Mutant(RoomFile, "append", acknowledges_before_the_sync, deleting, LOST),
    Mutant(RoomFile, "overwrite", acknowledges_before_the_blanks_are_synced, deleting, WORDS),
    Mutant(RoomFile, "overwrite", remembers_the_words, deleting, WORDS),
    Mutant(RoomFile, "overwrite", shortens_the_line, deleting, LOST),
    Mutant(
        ScrubbedRoom, "_finish_deletes", leaves_what_another_process_has_begun, deleting_on_a_failing_disk, "^no record"
    ),
    Mutant(ScrubbedRoom, "_unproven_blanks", trusts_blanks_that_it_reads, deleting_on_a_failing_disk, WORDS),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.wrong.__name__}-{mutant.scenario.__name__}")
def test_a_wrong_writer_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    crashes = CrashChecker(cut_every=0, recrash_every=50)
    right = getattr(mutant.where, mutant.method)
    wrong_disk = crashes.history.disk

    def method(self: Any, *arguments: Any) -> Any:
        is_wrong = wrong_disk in {self, getattr(self, "_disk", None)}
        return (mutant.wrong if is_wrong else right)(self, *arguments)

    monkeypatch.setattr(mutant.where, mutant.method, method)
    with pytest.raises(AssertionError, match=mutant.message):
        crashes.run(mutant.scenario)
    tally("wrong writers")


def test_words_that_stay_in_a_torn_tail_are_found(monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    monkeypatch.setattr(scrubbed_room, "remove_from_companions", lambda disk, path, records: None)
    with pytest.raises(AssertionError, match=WORDS):
        CrashChecker(cut_every=0).run(deleting_what_was_torn)
    tally("wrong writers")


def test_a_line_that_is_half_blanked_and_not_completed_is_missed(monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    monkeypatch.setattr(scan, "restored", lambda line: None)
    with pytest.raises(AssertionError, match="^a crash is taken for damage"):
        CrashChecker(cut_every=0).run(deleting)
    tally("wrong writers")


def test_a_torn_tail_that_is_not_kept_is_missed(monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    monkeypatch.setattr(room_file, "save_torn_tail", lambda disk, path, torn: path)
    with pytest.raises(AssertionError, match="cut off and gone"):
        CrashChecker(cut_every=0).run(conversation)
    tally("wrong writers")


def test_a_torn_tail_that_is_cut_before_it_is_kept_is_missed(monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    def keep(disk: Disk, path: Path, torn: bytes) -> Path:
        fd = disk.open(path, os.O_RDWR)
        disk.truncate(fd, len(disk.read(fd, 2**20, 0)) - len(torn))
        disk.close(fd)
        return atomic_write.save_torn_tail(disk, path, torn)

    monkeypatch.setattr(room_file, "save_torn_tail", keep)
    with pytest.raises(AssertionError, match="cut off before it was kept"):
        CrashChecker(cut_every=0).run(conversation)
    tally("wrong writers")
