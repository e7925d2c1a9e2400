"""Scenarios in which the disk fails: how a room came to its state, and the action during which the disk fails.

Whatever call fails, once or permanently: the action succeeds, or StorageUnavailable says that it does not and
everything reads as before. When the disk works again the next batch is stored, nothing that was shown is missing, and
no descriptor was used after its sync had failed.
"""

import errno
import os
from collections.abc import Callable
from typing import NamedTuple

from chat.storage import RoomLog, StorageUnavailable
from chat.storage.json_files.scan import TRAILER
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.disk_faults import SHORT, Fault, no_fault
from tests.support.storage.expected_history import FOLDER, LOBBY, ExpectedHistory, Rows, open_lobby, rows_of, shown_ids

LONG = "a sentence that goes on and on, " * 9
REFUSED = "this was refused to its sender"
ERRORS = {  # of each call: the methods of a Disk, and the system calls beneath them
    "open": [errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EIO, errno.EINTR],
    "lock": [errno.ENOLCK, errno.EWOULDBLOCK, errno.EIO, errno.EINTR],
    "flock": [errno.ENOLCK, errno.EWOULDBLOCK, errno.EIO, errno.EINTR],
    "stat": [errno.EACCES, errno.EIO],
    "stat_open": [errno.EIO],
    "fstat": [errno.EIO],
    "entries": [errno.EMFILE, errno.EACCES, errno.EIO],
    "listdir": [errno.EMFILE, errno.EACCES, errno.EIO],
    "read": [errno.EIO, errno.EINTR],
    "pread": [errno.EIO, errno.EINTR, SHORT],
    "write": [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EINTR, SHORT],
    "pwrite": [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EINTR, SHORT],
    "touch": [errno.EPERM, errno.EIO],
    "utime": [errno.EPERM, errno.EIO],
    "truncate": [errno.EIO, errno.EINTR],
    "ftruncate": [errno.EIO, errno.EINTR],
    "sync": [errno.EIO, errno.ENOSPC, errno.EDQUOT],
    "fsync": [errno.EIO, errno.ENOSPC, errno.EDQUOT],
    "sync_data": [errno.EIO, errno.ENOSPC, errno.EDQUOT],
    "fdatasync": [errno.EIO, errno.ENOSPC, errno.EDQUOT],
    "sync_folder": [errno.EIO, errno.EMFILE],
    "rename": [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EIO],
    "remove": [errno.EACCES, errno.EIO],
    "unlink": [errno.EACCES, errno.EIO],
    "make_folder": [errno.EACCES, errno.ENOSPC],
    "close": [errno.EIO, errno.EINTR],
}


class FailureScenario(NamedTuple):
    """The state before, and the action during which the disk fails; without a log it opens the room, too."""

    set_up: Callable[[ExpectedHistory], RoomLog | None]
    act: Callable[[ExpectedHistory, RoomLog], object]


def used_room(history: ExpectedHistory) -> RoomLog:
    log = history.open()
    history.say(log, "one", "two")
    history.say(log, LONG, "four", LONG)
    history.say(log, "six")
    return log


def _written_by_another(history: ExpectedHistory) -> RoomLog:
    log = used_room(history)
    other = history.open()
    history.say(other, "from another process")
    other.close()
    return log


def torn_room(history: ExpectedHistory) -> None:
    """A process died in the middle of a write."""
    used_room(history).close()
    disk = history.disk
    fd = disk.open(LOBBY, os.O_RDWR)
    disk.write(fd, b',\n{"id":8,"type":"mess', len(disk.content(LOBBY)) - len(TRAILER))
    disk.sync(fd)
    disk.close(fd)


SECRET = 3  # the id of a message that is deleted


def _with_a_secret(history: ExpectedHistory) -> RoomLog:
    log = history.open()
    history.say(log, "two", "x-mark, " + LONG, "four")
    return log


def _with_a_delete(history: ExpectedHistory) -> RoomLog:
    log = _with_a_secret(history)
    history.delete(log, SECRET)
    return log


def _pasted_back(history: ExpectedHistory) -> RoomLog:
    """A message was deleted, and its owner has put the line back: work that the next process finishes."""
    log = _with_a_secret(history)
    line = history.shown[SECRET]
    history.delete(log, SECRET)
    disk, content = history.disk, history.disk.content(LOBBY)
    fd = disk.open(LOBBY, os.O_RDWR)
    disk.write(fd, content.replace(history.shown[SECRET], line), 0)
    disk.sync(fd)
    disk.close(fd)
    return log


def append_refused(history: ExpectedHistory, log: RoomLog) -> None:
    history.say(log, REFUSED, LONG)


FAILURE_SCENARIOS = {
    "an append": FailureScenario(used_room, append_refused),
    "the first append of a room": FailureScenario(ExpectedHistory.open, append_refused),
    "an append after another process wrote": FailureScenario(_written_by_another, append_refused),
    "an append to a room that is opened for it": FailureScenario(
        lambda history: used_room(history).close(), append_refused
    ),
    "an append to a room with a torn tail": FailureScenario(torn_room, append_refused),
    "a new room": FailureScenario(lambda history: history.open(), lambda history, log: history.create("The Lobby")),
    "a delete": FailureScenario(_with_a_secret, lambda history, log: history.delete(log, SECRET)),
    "a refresh that finishes a delete": FailureScenario(_pasted_back, lambda history, log: log.refresh()),
    "a compaction": FailureScenario(_with_a_delete, lambda history, log: history.compact(log)),
    "a clear": FailureScenario(used_room, lambda history, log: history.clear(log, 3)),
    "a refresh after another process wrote": FailureScenario(_written_by_another, lambda history, log: log.refresh()),
    "a page": FailureScenario(used_room, lambda history, log: (log.close(), log.page())),
    "the list of rooms": FailureScenario(used_room, lambda history, log: JsonFileStore(FOLDER, history.disk).rooms()),
    "a check whether a message would be stored": FailureScenario(
        used_room, lambda history, log: JsonFileStore(FOLDER, history.disk).check_writable()
    ),
}


def run_with_fault(history: ExpectedHistory, scenario: FailureScenario, fault: Fault) -> list[str]:
    """Run a scenario with a fault in its action, check the result, and return the calls of the action."""
    log = scenario.set_up(history)
    before = dict(history.shown)
    history.disk.calls.clear()
    history.disk.fault = fault
    refused = False
    try:
        log = log or open_lobby(history.disk)
        scenario.act(history, log)
    except StorageUnavailable:
        refused = scenario.act is append_refused
    history.disk.fault = no_fault
    calls = list(history.disk.calls)
    log = log or open_lobby(history.disk)
    if refused:
        _reads_as_before(log, before)
    history.say(log, "the disk is well again")
    _reads_the_same_to_all(history, log, refused=refused)
    log.close()
    return calls


def _reads_as_before(log: RoomLog, before: Rows) -> None:
    """What can be read of what was there: all of it after a refresh."""
    events = shown_ids(before)
    read = [record.id for record in log.page().records]
    assert read == events[: len(read)]
    log.refresh()
    assert [record.id for record in log.page().records] == events


def _reads_the_same_to_all(history: ExpectedHistory, log: RoomLog, *, refused: bool) -> None:
    records = log.page(limit=1000).records
    other = open_lobby(history.disk)
    assert other.page(limit=1000).records == records
    other.close()
    assert [record.id for record in records] == shown_ids(history.shown)
    history.check_secrets(history.shown, history.disk.durable().values())
    assert not refused or REFUSED not in [record.message for record in records]
    assert not history.disk.used_after_failed_sync, "a descriptor was used after its sync had failed"
    assert rows_of(history.disk.content(LOBBY)) == history.shown
