"""Fault injection below a room with connected clients: every call of the disk fails, with every error it can give.

Each sender gets an acknowledgement, or an error after which it may try again; never neither. No client gets an event
that is not durable. When the disk recovers, the room does too, and refused messages can be sent again.
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
from chat.wire.commands import PostMessage
from chat.wire.errors import ProtocolError
from chat.wire.fanout import Frames
from tests.support import effort
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.room_actions import open_room
from tests.support.storage.clocks import impatient
from tests.support.storage.disk_faults import Fault, after, at, both, no_fault, when
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, rows_of
from tests.support.storage.failure_scenarios import ERRORS

pytestmark = pytest.mark.promise


@pytest.fixture(autouse=True)
def _without_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each of thousands of refusals has a line in the log. The next poll delivers events that could not be read."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 0.1)
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


class PostingClient(RecordingWriter):
    """A client that can send its refused messages again. Records the messages that it got before they were durable."""

    def __init__(self, name: str, disk: MemoryDisk) -> None:
        super().__init__()
        self.identity = Identity(f"author-{name}", name)
        self.not_durable: list[str] = []  # texts that were delivered before they were durable
        self.sent: list[str] = []
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
        self.not_durable += [text for text in texts if not self._disk.is_durable(LOBBY, text.encode())]

    def post(self, text: str) -> None:
        """Post a message whose client_id is its text."""
        self.sent.append(text)
        try:
            self._room.publish(self._connection, PostMessage(message=text, client_id=text))
        except ProtocolError as error:
            self.frames.append({"type": "error", "client_id": error.client_id})

    @property
    def answers(self) -> list[str]:
        """The client_ids of all acknowledgements and errors: one for each message that was sent."""
        return [frame["client_id"] for frame in self.frames if frame.get("client_id") in self.sent]

    @property
    def in_pages(self) -> list[str]:
        """The client_ids in history pages, which clients get when they begin anew."""
        return [
            event["client_id"] for page in self.of_type("history") for event in page["events"] if "client_id" in event
        ]

    @property
    def all_answered(self) -> bool:
        return sorted(self.answers) == sorted(self.sent)

    @property
    def refused(self) -> list[str]:
        return [text for text in dict.fromkeys(self.sent) if text not in self.texts]


@asynccontextmanager
async def opened(conf: Conf, disk: MemoryDisk, fault: Fault) -> AsyncIterator[tuple[Hub, Room]]:
    hub = Hub(JsonFileStore(FOLDER, disk, clock=impatient()), conf)
    disk.fault = fault
    try:
        room = await open_room(hub, "lobby")
    except StorageUnavailable:  # clients are told to reconnect
        disk.fault = no_fault
        room = await open_room(hub, "lobby")
    yield hub, room
    await hub.close()


async def run_conversation(conf: Conf, fault: Fault) -> list[str]:
    """Ada and Bob post while the disk fails, and afterwards. Returns the calls of the disk while it could fail."""
    disk = MemoryDisk()
    async with opened(conf, disk, fault) as (_, room):
        clients = ada, bob = PostingClient("ada", disk), PostingClient("bob", disk)
        for client in clients:
            await client.join(room)
        for texts in (["one"], ["two", "three"], ["four"]):
            for client, text in product(clients, texts):
                client.post(f"{client.identity.username} says {text}")
            await room.group_commit.wait_until_idle()
        calls = list(disk.calls)
        disk.fault = no_fault
        await until(lambda: ada.all_answered and bob.all_answered, "an answer to every message")
        for client in clients:
            for text in [*client.refused, f"{client.identity.username} says the disk has recovered"]:
                client.post(text)
        await until(lambda: ada.all_answered and bob.all_answered, "an answer to every message")
        await until(lambda: ada.ids == bob.ids, "the same events for both")
        check(disk, ada, bob)
    return calls


def check(disk: MemoryDisk, ada: PostingClient, bob: PostingClient) -> None:
    assert not ada.not_durable + bob.not_durable
    assert not ada.refused + bob.refused
    assert ada.texts == bob.texts
    stored = list(rows_of(disk.content(LOBBY)))
    received = [frame["id"] for frame in ada.of_type("message")]
    assert received == stored[1:] == list(range(2, len(stored) + 1))
    assert sorted(ada.texts) == sorted({*ada.sent, *bob.sent})
    assert not disk.used_after_failed_sync


async def test_every_message_is_answered_whatever_call_fails(conf: Conf, tally: effort.Tally) -> None:
    for number, call in enumerate(await run_conversation(conf, no_fault)):
        for reason in ERRORS[call][: effort.effort(2, torture=99)]:
            for lasting in (False, True):
                await run_conversation(conf, at(number, reason, lasting=lasting))
                tally("failed calls")


async def test_every_message_is_answered_whatever_two_calls_fail(conf: Conf, tally: effort.Tally) -> None:
    calls = len(await run_conversation(conf, no_fault))
    rng = random.Random(calls)
    for first, second in rng.sample(list(combinations(range(calls + 12), 2)), effort.effort(50, torture=1000)):
        reasons = rng.sample([errno.EIO, errno.ENOSPC, errno.EMFILE, errno.EACCES], 2)
        later = at(second, reasons[1], lasting=rng.random() < 0.5)
        try:
            await run_conversation(conf, both(at(first, reasons[0], lasting=False), later))
        except AssertionError as error:
            error.add_note(f"with {reasons[0]} at call {first}, and {reasons[1]} at call {second}")
            raise
        tally("failed calls", 2)


async def test_every_message_is_answered_when_the_folder_is_deleted(conf: Conf, tally: effort.Tally) -> None:
    """The messages before are lost with the folder; those after are not."""
    for number in range(len(await run_conversation(conf, no_fault))):
        await run_monologue(conf, number)
        tally("deleted folders")


async def run_monologue(conf: Conf, number: int) -> None:
    """Ada posts, and before one call of the disk the folder is deleted."""
    disk = MemoryDisk()
    ada = PostingClient("ada", disk)
    async with opened(conf, disk, when(number, disk.delete_folder)) as (_, room):
        await ada.join(room)
        for text in ("one", "two", "three"):
            ada.post(text)
            await until(lambda: set(ada.sent) <= {*ada.answers, *ada.in_pages}, "an answer")
        disk.fault = no_fault  # many polls make many calls: it may still be to come
        disk.make_folder(LOBBY.parent)  # its owner does
        ada.post("the last one")
        await until(lambda: "the last one" in {*ada.texts, *ada.in_pages}, "the message")
        assert disk.is_durable(LOBBY, b"the last one")


async def test_a_room_recovers_with_the_disk_without_a_new_message(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next poll rolls back a refused batch that could not be rolled back immediately."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 0.01)
    disk = MemoryDisk()
    async with opened(conf, disk, no_fault) as (hub, room):
        ada = PostingClient("ada", disk)
        await ada.join(room)
        ada.post("before")
        await until(lambda: ada.all_answered, "an answer")
        disk.fault = after("sync_data", errno.EIO)
        ada.post("refused")
        await until(lambda: ada.all_answered and room.poll_error, "an error of the poll")
        assert not await hub.is_ready()
        disk.fault = no_fault
        await until(lambda: not room.poll_error, "a poll without an error")
        assert b"refused" not in disk.content(LOBBY)
        assert ada.texts == ["before"]
