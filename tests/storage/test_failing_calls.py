"""Every call that reaches the disk fails in turn: once, or from then on until the disk is well again.

Either what was asked is done, or StorageUnavailable says that it is not and everything reads as it did before. When
the disk is well again the next batch is stored, and nothing that was acknowledged is missing on the disk itself.
"""

import errno
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from chat.storage import RoomLog, StorageUnavailable
from tests.storage.disks import MemoryDisk, ReadOnlyDisk
from tests.storage.history import LOBBY, Promises, lines, open_lobby, said
from tests.storage.troubles import Trouble, after, always, at, none

REASONS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE]
LONG = "a sentence that goes on and on, " * 9
REFUSED = "this was refused to its sender"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


class Room:
    """A disk, a room with a past on it, and what was promised of it."""

    def __init__(self) -> None:
        self.disk = MemoryDisk()
        self.promises = Promises()

    def say(self, log: RoomLog, *messages: str) -> None:
        self.promises.append(log, self.disk, *[said(message) for message in messages])

    def lived_in(self) -> RoomLog:
        log = open_lobby(self.disk)
        self.say(log, "one", "two")
        self.say(log, LONG, "four", LONG)
        self.say(log, "six")
        return log


@dataclass
class Story:
    """How a room came to where it is, and what is then asked of it while the disk fails."""

    before: Callable[[Room], RoomLog | None]
    asked: Callable[[Room, RoomLog], object]


def _torn(room: Room) -> None:
    room.lived_in()
    whole = room.disk.content(LOBBY)
    torn = whole[:-2] + b',\n{"id":8,"type":"mess'
    room.disk.nodes[room.disk.names[LOBBY]].content = torn
    room.disk.nodes[room.disk.names[LOBBY]].durable = torn


def _one_more(room: Room) -> RoomLog:
    log = room.lived_in()
    room.say(open_lobby(room.disk), "from another process")
    return log


def refuse(room: Room, log: RoomLog) -> None:
    room.say(log, REFUSED, LONG)


STORIES = {
    "an append": Story(Room.lived_in, refuse),
    "the first append of a room": Story(lambda room: open_lobby(room.disk), refuse),
    "an append after another process wrote": Story(_one_more, refuse),
    "an append to a room that is opened for it": Story(lambda room: room.lived_in().close(), refuse),
    "an append to a room with a torn tail": Story(_torn, refuse),
    "a clear": Story(Room.lived_in, lambda room, log: room.promises.clear(log, room.disk, 3)),
    "a look at what another process wrote": Story(_one_more, lambda room, log: log.refresh()),
}


def attempt(story: Story, trouble: Trouble) -> int:
    """Live through a story with trouble at its end, and check what must hold whatever happened. How many calls it took.

    A look seldom fails: what can be read is read without the lock, too.
    """
    room = Room()
    log = story.before(room)
    before = dict(room.promises.acknowledged)
    room.disk.calls.clear()
    room.disk.trouble = trouble
    failed = False
    try:
        log = log or open_lobby(room.disk)
        story.asked(room, log)
    except StorageUnavailable:
        failed = True
    room.disk.trouble = none
    calls = len(room.disk.calls)
    _check(room, log or open_lobby(room.disk), before, refused=failed and story.asked is refuse)
    return calls


def _check(room: Room, log: RoomLog, before: dict[int, bytes], *, refused: bool) -> None:
    if refused:
        read = [record.id for record in log.page().records]
        assert read == list(before)[: len(read)]
        log.refresh()
        assert [record.id for record in log.page().records] == list(before)
    room.say(log, "the disk is well again")
    assert lines(room.disk).items() >= room.promises.acknowledged.items()
    if refused:
        assert REFUSED not in [record.message for record in log.page().records]
        assert log.page().records == open_lobby(room.disk).page().records
    states = {tuple(files.items()) for files in room.disk.after_a_crash(fine=False)}
    for state in states:
        room.promises.hold_on(dict(state))
    assert not room.disk.abused
    log.close()


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("name", STORIES)
def test_whatever_call_fails_a_batch_is_stored_whole_or_refused_whole(name: str, lasting: bool) -> None:
    for reason in REASONS:
        number = 0
        while attempt(STORIES[name], at(number, reason, lasting=lasting)) > number:
            number += 1
        assert number > 4


# Troubles with a story of their own


def messages(log: RoomLog) -> list[str | None]:
    return [record.message for record in log.page().records]


def torn_room() -> Room:
    room = Room()
    _torn(room)
    return room


def test_reading_goes_on_while_the_disk_refuses_every_write() -> None:
    room = Room()
    log = room.lived_in()
    before = messages(log)
    room.disk.trouble = always("write", "truncate", "sync", "sync_data", reason=errno.ENOSPC)
    for _ in range(3):
        with pytest.raises(StorageUnavailable, match="No space left"):
            refuse(room, log)
        assert messages(log) == before
    room.disk.trouble = none
    room.say(log, "there is room again")
    assert messages(log) == [*before, "there is room again"]


def test_what_was_refused_and_still_stands_in_the_file_is_not_shown() -> None:
    """The write went through, the sync did not, and nothing could be undone: a look took the refused records in."""
    room = Room()
    log = room.lived_in()
    before = messages(log)
    room.disk.trouble = after("sync_data", errno.EIO)
    with pytest.raises(StorageUnavailable):
        refuse(room, log)
    assert REFUSED in room.disk.content(LOBBY).decode()
    assert log.changed()
    with pytest.raises(StorageUnavailable):
        log.refresh()
    room.disk.trouble = always("write", reason=errno.EIO)
    with pytest.raises(StorageUnavailable):
        log.refresh()
    assert messages(log) == before
    room.disk.trouble = none
    log.refresh()
    assert messages(log) == before
    assert REFUSED not in room.disk.content(LOBBY).decode()


def test_what_another_process_wrote_behind_a_write_that_could_not_be_undone_stays() -> None:
    room = Room()
    log = room.lived_in()
    room.disk.trouble = after("sync_data", errno.EIO)
    with pytest.raises(StorageUnavailable):
        refuse(room, log)
    room.disk.trouble = none
    other = open_lobby(room.disk)
    room.say(other, "I found it whole and wrote on")
    room.say(log, "so this comes after it")
    other.refresh()
    assert messages(other) == messages(log) == messages(open_lobby(room.disk))
    assert messages(log)[-2:] == ["I found it whole and wrote on", "so this comes after it"]


def test_a_disk_that_may_only_be_read_is_read() -> None:
    room = Room()
    before = messages(room.lived_in())
    disk = ReadOnlyDisk({LOBBY: room.disk.content(LOBBY)})
    log = open_lobby(disk)
    assert messages(log) == before
    with pytest.raises(StorageUnavailable, match="Read-only"):
        log.append([said("no")])
    assert (log.changed(), messages(log)) == (False, before)


@pytest.mark.parametrize("call", ["write", "truncate", "sync", "sync_folder", "lock"])
def test_a_torn_tail_that_cannot_be_mended_can_be_read_around(call: str) -> None:
    room = torn_room()
    room.disk.trouble = always(call, reason=errno.ENOSPC)
    log = open_lobby(room.disk)
    assert messages(log)[-1] == "six"
    assert not log.changed(), "or the server would look again and again"
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            log.append([said(REFUSED)])
        log.refresh()
        assert messages(log)[-1] == "six"
    room.disk.trouble = none
    log.append([said("mended")])
    assert messages(log)[-2:] == ["six", "mended"]
    kept = [path for path in room.disk.names if ".torn-" in path.name]
    assert len(kept) == 1, "however often it was tried"
    assert not room.disk.abused


def test_a_disk_that_fails_leaves_no_half_files_behind() -> None:
    room = Room()
    log = room.lived_in()
    room.disk.trouble = always("sync", reason=errno.EIO)
    with pytest.raises(StorageUnavailable):
        log.clear(3)
    assert {path.name for path in room.disk.names} == {"lobby.json", ".lobby.lock"}
