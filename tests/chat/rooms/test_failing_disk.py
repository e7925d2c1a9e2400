"""A disk that fails under a room with people in it, at every call and in every way in which it can.

Whoever posts hears that it was stored, or that it was not and may be tried again: never nothing. Nobody hears what is
not on the disk. When the disk is well again, the room goes on by itself, and what was refused can be said again.
"""

import errno
import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import combinations, product

import pytest

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms import housekeeper
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.rooms.room import Room
from chat.storage import StorageUnavailable
from chat.storage.json_files.store import JsonFileStore
from chat.wire.fanout import Frames
from chat.wire.protocol import PostMessage, ProtocolError
from tests.support import effort
from tests.support.core.doubles import RecordingWriter, until
from tests.support.storage.disk_faults import Fault, after, at, both, no_fault, when
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, rows_of
from tests.support.storage.failure_scenarios import ERRORS

pytestmark = pytest.mark.promise


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Thousands of refusals, each with its line in the log. What could not be read comes with the next look."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 0.1)
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


class Person(RecordingWriter):
    """Somebody at a browser, who says things until they are stored."""

    def __init__(self, name: str, disk: MemoryDisk) -> None:
        super().__init__()
        self.identity = Identity(f"author-{name}", name)
        self.too_early: list[str] = []  # what was heard before it was on the disk
        self.said: list[str] = []
        self._disk = disk
        self._room: Room
        self._connection: Connection

    async def join(self, room: Room) -> None:
        self._room = room
        self._connection = await room.join(self, self.identity, None)

    def write(self, frames: Frames) -> None:
        before = len(self.frames)
        super().write(frames)
        texts = [frame["message"] for frame in self.frames[before:] if frame["type"] == "message"]
        self.too_early += [text for text in texts if not self._disk.is_durable(LOBBY, text.encode())]

    def say(self, text: str) -> None:
        """The text is its client_id, too."""
        self.said.append(text)
        try:
            self._room.publish(self._connection, PostMessage(message=text, client_id=text))
        except ProtocolError as refused:
            self.frames.append({"type": "error", "client_id": refused.client_id})

    @property
    def answers(self) -> list[str]:
        """What became of what was said, each time that it was said."""
        return [frame["client_id"] for frame in self.frames if frame.get("client_id") in self.said]

    @property
    def in_pages(self) -> list[str]:
        """What came with a page, as it does when everybody begins anew."""
        return [event["client_id"] for page in self.of("history") for event in page["events"] if "client_id" in event]

    @property
    def answered(self) -> bool:
        return sorted(self.answers) == sorted(self.said)

    @property
    def refused(self) -> list[str]:
        return [text for text in dict.fromkeys(self.said) if text not in self.texts]


@asynccontextmanager
async def opened(conf: Conf, disk: MemoryDisk, trouble: Fault) -> AsyncIterator[tuple[Hub, Room]]:
    hub = Hub(JsonFileStore(FOLDER, disk), conf)
    disk.fault = trouble
    try:
        room = await hub.room("lobby")
    except StorageUnavailable:  # and the client is told to come back
        disk.fault = no_fault
        room = await hub.room("lobby")
    yield hub, room
    await hub.close()


async def evening(conf: Conf, trouble: Fault) -> list[str]:
    """Ada and Bob talk while the disk fails, and afterwards. The calls that it took."""
    disk = MemoryDisk()
    async with opened(conf, disk, trouble) as (_, room):
        people = ada, bob = Person("ada", disk), Person("bob", disk)
        for person in people:
            await person.join(room)
        for sayings in (["one"], ["two", "three"], ["four"]):
            for person, text in product(people, sayings):
                person.say(f"{person.identity.username} says {text}")
            await room.commit.wait_until_idle()
        calls = list(disk.calls)
        disk.fault = no_fault
        await until(lambda: ada.answered and bob.answered, "an answer to everybody")
        for person in people:
            for text in [*person.refused, f"{person.identity.username} says the disk is well again"]:
                person.say(text)
        await until(lambda: ada.answered and bob.answered, "an answer to everybody")
        await until(lambda: ada.ids == bob.ids, "the same for both")
        check(disk, ada, bob)
    return calls


def check(disk: MemoryDisk, ada: Person, bob: Person) -> None:
    assert not ada.too_early + bob.too_early
    assert not ada.refused + bob.refused
    assert ada.texts == bob.texts
    stored = list(rows_of(disk.content(LOBBY)))
    heard = [frame["id"] for frame in ada.of("message")]
    assert heard == stored[1:] == list(range(2, len(stored) + 1))
    assert sorted(ada.texts) == sorted({*ada.said, *bob.said})
    assert not disk.used_after_failed_sync


async def test_everybody_hears_what_became_of_their_words_whatever_call_fails(conf: Conf, held: effort.Held) -> None:
    for number, call in enumerate(await evening(conf, no_fault)):
        for reason in ERRORS[call][: effort.effort(2, torture=99)]:
            for lasting in (False, True):
                await evening(conf, at(number, reason, lasting=lasting))
                held("failed calls")


async def test_nor_does_a_second_call_that_fails_leave_anybody_without_an_answer(conf: Conf, held: effort.Held) -> None:
    calls = len(await evening(conf, no_fault))
    chance = random.Random(calls)
    for first, second in chance.sample(list(combinations(range(calls + 12), 2)), effort.effort(50, torture=1000)):
        reasons = chance.sample([errno.EIO, errno.ENOSPC, errno.EMFILE, errno.EACCES], 2)
        later = at(second, reasons[1], lasting=chance.random() < 0.5)
        try:
            await evening(conf, both(at(first, reasons[0], lasting=False), later))
        except AssertionError as error:
            error.add_note(f"with {reasons[0]} at call {first}, and {reasons[1]} at call {second}")
            raise
        held("failed calls", 2)


async def test_everybody_hears_it_when_the_folder_is_deleted_under_the_server(conf: Conf, held: effort.Held) -> None:
    """What was stored and shown before is gone then; what is said afterwards is not."""
    for number in range(len(await evening(conf, no_fault))):
        await monologue(conf, number)
        held("deleted folders")


async def monologue(conf: Conf, number: int) -> None:
    """Ada talks, and before one call of the disk the folder is deleted."""
    disk = MemoryDisk()
    ada = Person("ada", disk)
    async with opened(conf, disk, when(number, disk.delete_folder)) as (_, room):
        await ada.join(room)
        for text in ("one", "two", "three"):
            ada.say(text)
            await until(lambda: set(ada.said) <= {*ada.answers, *ada.in_pages}, "an answer")
        ada.say("and on")
        await until(lambda: "and on" in {*ada.texts, *ada.in_pages}, "the message")
        assert disk.is_durable(LOBBY, b"and on")


async def test_a_room_mends_itself_when_the_disk_is_well_again(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without anybody saying a word: what was refused and could not be undone is undone by the next look."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 0.01)
    disk = MemoryDisk()
    async with opened(conf, disk, no_fault) as (hub, room):
        ada = Person("ada", disk)
        await ada.join(room)
        ada.say("before")
        await until(lambda: ada.answered, "an answer")
        disk.fault = after("sync_data", errno.EIO)
        ada.say("refused")
        await until(lambda: ada.answered and room.poll_error, "trouble")
        assert not await hub.is_ready()
        disk.fault = no_fault
        await until(lambda: not room.poll_error, "a room without trouble")
        assert b"refused" not in disk.content(LOBBY)
        assert ada.texts == ["before"]
