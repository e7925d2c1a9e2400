"""Stories in which the disk fails: how a room came to where it is, and what is then asked of it.

Whatever call fails, once or for ever: what was asked is done, or StorageUnavailable says that it is not and everything
reads as it did before. When the disk is well again the next batch is stored, nothing that was shown is missing, and no
descriptor was used after its sync had failed.
"""

import errno
import os
from collections.abc import Callable
from typing import NamedTuple

from chat.storage import RoomLog, StorageUnavailable
from chat.storage.json_files.scan import TRAILER
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.disk_faults import SHORT, Trouble, none
from tests.support.storage.expected_history import FOLDER, LOBBY, History, open_lobby, rows_of

LONG = "a sentence that goes on and on, " * 9
REFUSED = "this was refused to its sender"
ERRORS = {  # what each call can say: the methods of a Disk, and the calls of the system beneath them
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


class Story(NamedTuple):
    """What happened before, and what is asked of the room then; without a log it is opened for that."""

    before: Callable[[History], RoomLog | None]
    asked: Callable[[History, RoomLog], object]


def lived_in(history: History) -> RoomLog:
    log = history.open()
    history.say(log, "one", "two")
    history.say(log, LONG, "four", LONG)
    history.say(log, "six")
    return log


def _written_by_another(history: History) -> RoomLog:
    log = lived_in(history)
    other = history.open()
    history.say(other, "from another process")
    other.close()
    return log


def torn(history: History) -> None:
    """Somebody died in the middle of a write."""
    lived_in(history).close()
    disk = history.disk
    fd = disk.open(LOBBY, os.O_RDWR)
    disk.write(fd, b',\n{"id":8,"type":"mess', len(disk.content(LOBBY)) - len(TRAILER))
    disk.sync(fd)
    disk.close(fd)


def refuse(history: History, log: RoomLog) -> None:
    history.say(log, REFUSED, LONG)


STORIES = {
    "an append": Story(lived_in, refuse),
    "the first append of a room": Story(History.open, refuse),
    "an append after another process wrote": Story(_written_by_another, refuse),
    "an append to a room that is opened for it": Story(lambda history: lived_in(history).close(), refuse),
    "an append to a room with a torn tail": Story(torn, refuse),
    "a new room": Story(lambda history: history.open(), lambda history, log: history.create("The Lobby")),
    "a clear": Story(lived_in, lambda history, log: history.clear(log, 3)),
    "a look at what another process wrote": Story(_written_by_another, lambda history, log: log.refresh()),
    "a page": Story(lived_in, lambda history, log: (log.close(), log.page())),
    "the list of rooms": Story(lived_in, lambda history, log: JsonFileStore(FOLDER, history.disk).rooms()),
    "the question whether a message would be stored": Story(
        lived_in, lambda history, log: JsonFileStore(FOLDER, history.disk).check()
    ),
}


def attempt(history: History, story: Story, trouble: Trouble) -> list[str]:
    """Live through a story with trouble at its end, and check what must hold whatever happened. The calls it took."""
    log = story.before(history)
    before = dict(history.shown)
    history.disk.calls.clear()
    history.disk.trouble = trouble
    refused = False
    try:
        log = log or open_lobby(history.disk)
        story.asked(history, log)
    except StorageUnavailable:
        refused = story.asked is refuse
    history.disk.trouble = none
    calls = list(history.disk.calls)
    log = log or open_lobby(history.disk)
    if refused:
        _reads_as_before(log, before)
    history.say(log, "the disk is well again")
    _reads_the_same_to_all(history, log, refused=refused)
    log.close()
    return calls


def _reads_as_before(log: RoomLog, before: dict[int, bytes]) -> None:
    """What can be read of what was there: all of it after a look at the file."""
    events = [number for number in before if number > 1]
    read = [record.id for record in log.page().records]
    assert read == events[: len(read)]
    log.refresh()
    assert [record.id for record in log.page().records] == events


def _reads_the_same_to_all(history: History, log: RoomLog, *, refused: bool) -> None:
    records = log.page(limit=1000).records
    newcomer = open_lobby(history.disk)
    assert newcomer.page(limit=1000).records == records
    newcomer.close()
    assert [record.id for record in records] == [number for number in history.shown if number > 1]
    assert not refused or REFUSED not in [record.message for record in records]
    assert not history.disk.abused, "a descriptor was used after its sync had failed"
    assert rows_of(history.disk.content(LOBBY)) == history.shown
