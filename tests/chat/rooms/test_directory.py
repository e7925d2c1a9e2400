"""The list of rooms: its order, its cache, and the creation of new rooms."""

import asyncio
import os
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.conf import Conf
from chat.rooms import cached_call, directory, housekeeper, room_listing
from chat.rooms.directory import AddressTaken, RoomSummary
from chat.rooms.hub import Hub
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from chat.text.names import folded, room_slug
from chat.wire.commands import NameRoom
from chat.wire.errors import ProtocolError
from tests.support.core.asgi_clients import HttpClient
from tests.support.core.doubles import TIME_LIMIT, file_names, until
from tests.support.core.room_actions import fill, join, open_room, say


class CountingDisk(Disk):
    """A disk that counts the listings of a folder."""

    listings = 0

    def entries(self, folder: Path) -> list[str]:
        self.listings += 1
        return super().entries(folder)


@pytest.fixture
async def counting(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Hub, CountingDisk]]:
    """A hub that never polls, and keeps the list of rooms also on a slow machine; and its disk."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 1e6)
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", TIME_LIMIT)
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
    assert await hub.directory.rooms() == [RoomSummary("lobby", "lobby", event["id"], 1, messages=1)]


async def test_a_new_room_is_listed_immediately_and_found_in_the_list(counting: tuple[Hub, CountingDisk]) -> None:
    hub, disk = counting
    await hub.directory.rooms()
    assert await hub.directory.find("Büro") is None
    await hub.directory.create("buro", "Büro")
    assert [row.room for row in await hub.directory.rooms()] == ["lobby", "buro"]
    assert await hub.directory.find(" BÜRO") == RoomSummary("buro", "Büro", 1, 0)
    assert disk.listings == 2


async def test_an_old_list_is_read_again(
    counting: tuple[Hub, CountingDisk], conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, _ = counting
    await hub.directory.rooms()
    await fill(conf, ["hi"], room="zoo")
    assert [row.room for row in await hub.directory.rooms()] == ["lobby"]
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", 0)
    monkeypatch.setattr(cached_call, "IDLE_FACTOR", 0)
    assert [row.room for row in await hub.directory.rooms()] == ["lobby", "zoo"]


async def test_a_room_that_exists_keeps_its_name(hub: Hub, storage: Path) -> None:
    assert await hub.directory.create("buro", "Büro") == (True, RoomSummary("buro", "Büro", 1, 0))
    before = (storage / "buro.json").read_bytes()
    assert await hub.directory.create("buro", "BÜRO") == (False, RoomSummary("buro", "Büro", 1, 0))
    assert (storage / "buro.json").read_bytes() == before


# Names that have the same slug


async def test_different_names_never_get_the_same_address(hub: Hub) -> None:
    """Regression: who made a room C# came into the room C++, without a word."""
    await hub.directory.create("c", "C++")
    for number, name in enumerate(["C#", "C", "C --"], start=2):
        assert await hub.directory.find(name) is None
        with pytest.raises(AddressTaken) as raised:
            await hub.directory.create(room_slug(name), name)
        taken = raised.value
        assert (taken.slug, taken.other.name, taken.free) == ("c", "C++", f"c-{number}")
        assert await hub.directory.create(taken.free, name) == (True, RoomSummary(taken.free, name, 1, 0))
        assert await hub.directory.create(room_slug(name), name.lower()) == (False, await hub.directory.find(name))
    with pytest.raises(AddressTaken) as raised:
        await hub.directory.create("lobby", "Lobby!")
    assert (raised.value.other.name, raised.value.free) == ("lobby", "lobby-2")


async def test_people_who_make_rooms_at_the_same_moment_meet_by_name_alone(hub: Hub, storage: Path) -> None:
    names = ["C++", "c++", "C#", "C", "C  ++", "c"]
    made = await asyncio.gather(*(hub.directory.create("c", name) for name in names), return_exceptions=True)
    (new,) = [result for result in made if isinstance(result, tuple) and result[0]]
    for name, result in zip(names, made, strict=True):
        if isinstance(result, tuple):
            assert (folded(name), result[1].room) == (folded(new[1].name), "c")
        else:
            assert isinstance(result, AddressTaken)
            assert folded(result.other.name) == folded(new[1].name) != folded(name)
    assert [name for name in file_names(storage) if name.endswith(".json")] == ["c.json"]


async def test_rooms_that_another_process_made_since_the_list_was_read_are_met(
    counting: tuple[Hub, CountingDisk], conf: Conf
) -> None:
    hub, _ = counting
    await hub.directory.rooms()
    other = JsonFileStore(conf.storage_dir)
    assert other.create("c", "C++")
    with pytest.raises(AddressTaken, match="c"):
        await hub.directory.create("c", "C#")
    assert await hub.directory.create("c", "c++") == (False, RoomSummary("c", "C++", 1, 0))


async def test_a_room_that_its_owner_gave_another_name_is_found_by_that_one(hub: Hub, storage: Path) -> None:
    await hub.directory.create("c", "C++")
    path = storage / "c.json"
    path.write_text(re.sub(r',"crc":"\w+"', "", path.read_text().replace('"C++"', '"Curly braces"')))
    assert await hub.directory.create("curly-braces", "curly BRACES") == (False, RoomSummary("c", "Curly braces", 1, 0))
    with pytest.raises(AddressTaken):
        await hub.directory.create("c", "C++")


async def test_a_room_that_has_no_name_but_its_address_is_entered_by_it(hub: Hub, conf: Conf) -> None:
    await fill(conf, ["hi"], room="c")
    assert await hub.directory.create("c", "C") == (False, RoomSummary("c", "c", 2, 0, messages=1))
    with pytest.raises(AddressTaken):
        await hub.directory.create("c", "C++")


async def test_a_name_is_looked_up_among_a_thousand_rooms_without_reading_them_again(
    counting: tuple[Hub, CountingDisk], conf: Conf
) -> None:
    hub, disk = counting
    other = JsonFileStore(conf.storage_dir)
    other.create("c", "C 1")
    record = (conf.storage_dir / "c.json").read_text()
    for number in range(2, 1000):
        named = re.sub(r',"crc":"\w+"', "", record.replace('"C 1"', f'"C{"+" * (number % 40)} {number}"'))
        (conf.storage_dir / f"c-{number}.json").write_text(named)
    await hub.directory.rooms()
    assert await hub.directory.create("c", "c+ 961") == (False, RoomSummary("c-961", "C+ 961", 1, 0))
    assert disk.listings == 1
    with pytest.raises(AddressTaken) as raised:
        await hub.directory.create("c", "C")
    assert raised.value.free == "c-1000"


# Thousands of rooms


async def test_a_page_shows_the_rooms_that_changed_last_and_a_way_to_the_others(
    hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a page had all rooms: 280 KB with a thousand, 5.3 MB with twenty thousand."""
    monkeypatch.setattr(room_listing, "MAX_NEWEST", 3)
    for number, name in enumerate(["new", "a", "b", "newer", "c"]):
        await hub.directory.create(name, name)
        os.utime(storage / f"{name}.json", (0, number + 1 if name.startswith("new") else 0))
    html = (await HttpClient(hub).get("/chat/lobby/")).text
    assert re.findall('class="room-link" href="/chat/([^/]+)/"', html) == ["lobby", "new", "newer"]
    assert 'href="/rooms/">All 6 rooms</a>' in html
    rooms = (await HttpClient(hub).get("/api/rooms/?order=newest")).json()
    assert ([room["room"] for room in rooms["rooms"]], rooms["complete"]) == (["lobby", "new", "newer"], False)


async def test_a_page_does_not_wait_for_a_list_that_takes_long(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: with 20,000 rooms the first page, and everything that was said meanwhile, took 4.7 s."""
    released, disk = threading.Event(), CountingDisk()
    monkeypatch.setattr(disk, "entries", lambda folder: released.wait(TIME_LIMIT) and Disk().entries(folder))
    monkeypatch.setattr(directory, "PATIENCE_SECONDS", 0.01)
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    await fill(conf, ["hi"], room="zoo")
    try:
        ada, ada_writer = await join(await open_room(hub, "lobby"))
        for path in ("/chat/lobby/", "/chat/zoo/"):
            assert (await HttpClient(hub).get(path)).status == 200
        await say(await open_room(hub, "lobby"), ada, ada_writer, "meanwhile")
        assert [room.room for room in (await hub.directory.newest())[0]] == ["lobby"]
    finally:
        released.set()
    assert [room.room for room in await hub.directory.rooms()] == ["lobby", "zoo"]
    await hub.close()


async def test_a_list_that_takes_long_is_not_read_again_meanwhile(
    counting: tuple[Hub, CountingDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, disk = counting
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", 0)
    await asyncio.gather(*(hub.directory.rooms() for _ in range(20)))
    assert disk.listings == 1


async def test_the_names_that_a_room_had_are_forgotten(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: what each name looks like was kept for ever, and a client can rename a room again and again."""
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", -1.0)
    monkeypatch.setattr(cached_call, "IDLE_FACTOR", 0)
    room = await open_room(hub, "lobby")
    ada, writer = await join(room)
    for number in range(10):
        name = NameRoom(name=f"Tea {number}")
        await hub.check_new_name(await open_room(hub, "other"), NameRoom(name="Coffee"))
        room.publish(ada, name)
        await until(lambda number=number: len(writer.of_type("room_name")) == number + 1, "the new name")
    assert len(hub.directory._skeletons) <= 3


async def test_no_room_is_given_the_address_of_another_one_as_its_name(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: somebody could give the lobby another name, and a room of theirs the name `lobby`."""
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", -1.0)
    lobby, other = await open_room(hub, "lobby"), await open_room(hub, "other")
    ada, writer = await join(lobby)
    lobby.publish(ada, NameRoom(name="Old"))
    await until(lambda: writer.of_type("room_name"), "the new name")
    with pytest.raises(ProtocolError, match="The room “Old” lives at the address lobby"):
        await hub.check_new_name(other, NameRoom(name="Lobby"))
    await hub.check_new_name(lobby, NameRoom(name="Lobby"))


async def test_two_rooms_are_not_given_one_name_one_after_the_other(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: the second one was compared with a list of rooms from before the first one was renamed."""
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", TIME_LIMIT)
    lobby, other = await open_room(hub, "lobby"), await open_room(hub, "other")
    ada, writer = await join(lobby)
    await hub.check_new_name(other, NameRoom(name="Tea"))
    lobby.publish(ada, NameRoom(name="Tea"))
    await until(lambda: writer.of_type("room_name"), "the new name")
    with pytest.raises(ProtocolError, match="another room, “Tea”"):
        await hub.check_new_name(other, NameRoom(name="Tea"))
