"""Nobody fills the list of rooms, the memory or the disk."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from chat.conf import Conf
from chat.entrance import limits
from chat.entrance.limits import ROOM_BURST
from chat.rooms.hub import Hub
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.chat.conftest import HubWith
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import NearlyFullDisk, kept, until
from tests.support.effort import Held, effort

ADA, CHARLIE = "203.0.113.7", "198.51.100.9"

# Rooms


def rooms_kept(storage: Path) -> int:
    """How many rooms have a file."""
    return len([name for name in kept(storage) if name.endswith(".json")])


@pytest.mark.promise
async def test_an_address_makes_so_many_rooms_by_writing_into_them(
    hub_with: HubWith, storage: Path, held: Held
) -> None:
    hub = hub_with(rate=1000.0, rate_burst=1000)
    for number in range(ROOM_BURST + 1):
        async with WebSocketClient(hub, f"room-{number}", address=CHARLIE) as charlie:
            await charlie.receive("welcome")
            first = await charlie.say("hello")
    assert (first["code"], first["client_id"]) == ("rate_limited", "say hello")
    assert 1 < first["retry_after"] <= limits.SECONDS_PER_ROOM + 0.01
    assert rooms_kept(storage) == ROOM_BURST
    async with WebSocketClient(hub, "room-0", address=CHARLIE) as charlie:
        assert (await charlie.say("there is room in a room that is there"))["type"] == "message"
    async with WebSocketClient(hub, f"room-{ROOM_BURST}", address=ADA) as ada:
        assert [(await ada.say(str(n)))["type"] for n in range(30)] == ["message"] * 30, "a room is made once"
    held("floods")


@pytest.mark.promise
async def test_an_address_makes_so_many_rooms_by_the_form(hub_with: HubWith, storage: Path, held: Held) -> None:
    hub = hub_with(rate=1000.0, rate_burst=1000)
    http_client = HttpClient(hub, address=CHARLIE)
    await http_client.get("/chat/lobby/")
    answers = [await http_client.post("/chat/", {"name": f"Room {n}"}) for n in range(ROOM_BURST + 1)]
    assert [answer.status for answer in answers] == [302] * ROOM_BURST + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= limits.SECONDS_PER_ROOM + 1
    assert (await http_client.post("/chat/", {"name": "Room 0"})).status == 302, "one that is there is only entered"
    assert rooms_kept(storage) == ROOM_BURST
    other = HttpClient(hub, address=ADA)
    await other.get("/chat/lobby/")
    assert (await other.post("/chat/", {"name": "Another"})).status == 302
    held("floods")


@pytest.mark.promise
async def test_looking_at_rooms_that_nobody_made_leaves_nothing(
    hub_with: HubWith, storage: Path, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    monkeypatch.setattr("chat.rooms.housekeeper.POLL_SECONDS", 0.01)
    monkeypatch.setattr("chat.rooms.open_rooms.EMPTY_ROOM_IDLE_SECONDS", 0.0)
    hub, browser_count = hub_with(rate=0.0), effort(50, torture=300)
    http_client = HttpClient(hub)
    for number in range(browser_count):
        assert (await http_client.get(f"/chat/nobody-{number}/")).status == 200
    await until(lambda: not hub.open_rooms._rooms)
    assert kept(storage) == []
    held("floods", browser_count)


async def test_a_room_is_not_closed_under_somebody_who_is_about_to_come_in(
    hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be in a room that the process no longer knows, and hear nothing for ever."""
    monkeypatch.setattr("chat.rooms.housekeeper.POLL_SECONDS", 0.01)
    monkeypatch.setattr("chat.rooms.open_rooms.EMPTY_ROOM_IDLE_SECONDS", 0.0)
    hub = hub_with()
    room = await hub.room("lobby")
    looked = asyncio.Event()

    async def slow() -> None:
        looked.set()
        await asyncio.sleep(0.1)

    monkeypatch.setattr(room, "poll_log", slow)
    async with WebSocketClient(hub) as ada, WebSocketClient(hub) as bob:
        await looked.wait()
        await ada.receive("welcome")
        await bob.receive("welcome")
        said = await ada.say("here")
        assert await bob.receive("message") == said


# Disk


@pytest.mark.promise
async def test_a_full_room_says_so_can_be_read_and_keeps_nobody_else_from_writing(conf: Conf, held: Held) -> None:
    quota = Quota(max_room_bytes=3000)
    hub = Hub(JsonFileStore(conf.storage_dir, quota=quota), dataclasses.replace(conf, rate=0.0))
    async with WebSocketClient(hub, username="ada") as ada, WebSocketClient(hub, "other", username="bob") as bob:
        for stored in range(30):
            if (answer := await ada.say(f"{stored} " + "x" * 100))["type"] == "error":
                break
        assert (answer["code"], answer["retry"]) == ("storage_full", False)
        assert "grown to its limit" in answer["detail"]
        assert answer["client_id"].startswith(f"say {stored}")
        await ada.send(type="history", limit=200)
        assert len((await ada.receive("history"))["events"]) == stored > 5
        assert (await bob.say("here is room"))["type"] == "message"
        assert (await HttpClient(hub).get("/chat/lobby/")).status == 200
    await hub.close()
    held("batches at a limit")


@pytest.mark.promise
async def test_an_almost_full_disk_says_so_and_reading_goes_on_until_there_is_room_again(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    monkeypatch.setattr("chat.rooms.readiness.READINESS_CACHE_SECONDS", -1.0)
    disk = NearlyFullDisk(1000)
    hub = Hub(JsonFileStore(conf.storage_dir, disk, Quota(reserve_bytes=1000)), conf)
    http_client = HttpClient(hub)
    async with WebSocketClient(hub) as ada:
        await ada.say("before")
        disk.left = 999
        error = await ada.say("not now")
        assert (error["code"], error["retry"]) == ("storage_full", False)
        assert "disk is almost full" in error["detail"]
        assert "before" in (await http_client.get("/chat/lobby/")).text
        made = await http_client.post("/chat/", {"name": "New"}, accept="application/json")
        assert (made.status, made.json()["error"]["code"]) == (503, "storage_full")
        assert (await http_client.get("/readyz")).status == 503
        disk.left = 1000
        assert (await ada.say("now"))["id"] == 3
        assert (await http_client.get("/readyz")).status == 200
    await hub.close()
    held("batches at a limit", 2)


@pytest.mark.promise
async def test_when_there_are_as_many_rooms_as_may_be_nobody_makes_another(conf: Conf, held: Held) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir, quota=Quota(max_rooms=2)), conf)
    http_client = HttpClient(hub)
    async with (
        WebSocketClient(hub, "one") as ada,
        WebSocketClient(hub, "two") as bob,
        WebSocketClient(hub, "three") as charlie,
    ):
        assert [(await client.say("hi"))["type"] for client in (ada, bob, charlie)] == ["message", "message", "error"]
        assert "as many rooms" in (await charlie.say("hello"))["detail"]
        await http_client.get("/chat/lobby/")
        assert (await http_client.post("/chat/", {"name": "Four"})).status == 503
        assert (await http_client.post("/chat/", {"name": "Two"})).status == 302
        assert (await ada.say("and on"))["type"] == "message"
    await hub.close()
    assert rooms_kept(conf.storage_dir) == 2
    held("batches at a limit", 3)
