"""The list of rooms: its order, its cache, and the creation of new rooms."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.conf import Conf
from chat.rooms import directory, housekeeper
from chat.rooms.directory import RoomSummary
from chat.rooms.hub import Hub
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.asgi_clients import HttpClient
from tests.support.core.room_actions import fill, join, open_room, say


class CountingDisk(Disk):
    """A disk that counts the listings of a folder."""

    listings = 0

    def entries(self, folder: Path) -> list[str]:
        self.listings += 1
        return super().entries(folder)


@pytest.fixture
async def counting(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Hub, CountingDisk]]:
    """A hub that never polls, and its disk."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 1e6)
    disk = CountingDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    yield hub, disk
    await hub.close()


async def test_the_lobby_is_always_listed_and_first(hub: Hub) -> None:
    assert [(row.room, row.name, row.members) for row in await hub.directory.rooms()] == [("lobby", "lobby", 0)]
    await hub.directory.create("buro", "Büro")
    await hub.directory.create("zoo", "Aquarium")
    await join(await open_room(hub, "zoo"))
    assert [(row.room, row.name, row.members) for row in await hub.directory.rooms()] == [
        ("lobby", "lobby", 0),
        ("zoo", "Aquarium", 1),
        ("buro", "Büro", 0),
    ]


async def test_many_pages_list_the_folder_once(counting: tuple[Hub, CountingDisk]) -> None:
    """Regression: each page read the list again, in the storage thread: with a thousand rooms, thirty pages per
    second left no time for messages.
    """
    hub, disk = counting
    http_client = HttpClient(hub)
    await asyncio.gather(*(hub.directory.rooms() for _ in range(20)))
    for path in ("/chat/lobby/", "/api/rooms/", "/chat/lobby/"):
        assert (await http_client.get(path)).status == 200
    assert disk.listings == 1


async def test_the_list_has_the_present_state_of_open_rooms(counting: tuple[Hub, CountingDisk]) -> None:
    """Regression: a client saw no unread mark for a message that it had just got, until the list was read again."""
    hub, _ = counting
    await hub.directory.rooms()
    lobby = await open_room(hub, "lobby")
    ada, ada_writer = await join(lobby)
    event = await say(lobby, ada, ada_writer, "hi")
    assert await hub.directory.rooms() == [RoomSummary("lobby", "lobby", event["id"], 1)]


async def test_a_new_room_is_listed_immediately_and_found_without_a_listing(
    counting: tuple[Hub, CountingDisk],
) -> None:
    hub, disk = counting
    await hub.directory.rooms()
    assert await hub.directory.find("buro") is None
    await hub.directory.create("buro", "Büro")
    assert [row.room for row in await hub.directory.rooms()] == ["lobby", "buro"]
    assert await hub.directory.find("buro") == RoomSummary("buro", "Büro", 1, 0)
    assert disk.listings == 2


async def test_an_old_list_is_read_again(
    counting: tuple[Hub, CountingDisk], conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, _ = counting
    await hub.directory.rooms()
    await fill(conf, ["hi"], room="zoo")
    assert [row.room for row in await hub.directory.rooms()] == ["lobby"]
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", 0)
    assert [row.room for row in await hub.directory.rooms()] == ["lobby", "zoo"]


async def test_a_room_that_exists_keeps_its_name(hub: Hub, storage: Path) -> None:
    assert await hub.directory.create("buro", "Büro") == (True, RoomSummary("buro", "Büro", 1, 0))
    before = (storage / "buro.json").read_bytes()
    assert await hub.directory.create("buro", "BÜRO!") == (False, RoomSummary("buro", "Büro", 1, 0))
    assert (storage / "buro.json").read_bytes() == before
