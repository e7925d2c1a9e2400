"""Quotas: what clients may create and store, and what still works when a quota is reached."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from chat.conf import Conf
from chat.entrance import limits
from chat.entrance.limits import ROOM_BURST
from chat.rooms.hub import Hub
from chat.rooms.room import Room
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from chat.wire.commands import DeleteMessage, PostMessage
from tests.chat.conftest import HubWith
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import NearlyFullDisk, file_names, until
from tests.support.core.room_actions import BOB, join, open_room, say
from tests.support.effort import Tally, effort

ADA, CHARLIE = "203.0.113.7", "198.51.100.9"

# Rooms


def stored_rooms(storage: Path) -> int:
    """The number of rooms with a file."""
    return len([name for name in file_names(storage) if name.endswith(".json")])


@pytest.mark.promise
async def test_new_rooms_by_messages_are_limited_for_each_address(
    hub_with: HubWith, storage: Path, tally: Tally
) -> None:
    hub = hub_with(rate=1000.0, rate_burst=1000)
    for number in range(ROOM_BURST + 1):
        async with WebSocketClient(hub, f"room-{number}", address=CHARLIE) as charlie:
            await charlie.receive("welcome")
            last = await charlie.say("hello")
    assert (last["code"], last["client_id"]) == ("rate_limited", "say hello")
    assert 1 < last["retry_after"] <= limits.SECONDS_PER_ROOM + 0.01
    assert stored_rooms(storage) == ROOM_BURST
    async with WebSocketClient(hub, "room-0", address=CHARLIE) as charlie:
        assert (await charlie.say("the room exists"))["type"] == "message"
    async with WebSocketClient(hub, f"room-{ROOM_BURST}", address=ADA) as ada:
        assert [(await ada.say(str(n)))["type"] for n in range(30)] == ["message"] * 30, "a room is created once"
    tally("floods")


@pytest.mark.promise
async def test_new_rooms_by_the_form_are_limited_for_each_address(
    hub_with: HubWith, storage: Path, tally: Tally
) -> None:
    hub = hub_with(rate=1000.0, rate_burst=1000)
    http_client = HttpClient(hub, address=CHARLIE)
    await http_client.get("/chat/lobby/")
    responses = [await http_client.post("/chat/", {"name": f"Room {n}"}) for n in range(ROOM_BURST + 1)]
    assert [response.status for response in responses] == [302] * ROOM_BURST + [429]
    assert 1 <= int(responses[-1].headers["retry-after"]) <= limits.SECONDS_PER_ROOM + 1
    assert (await http_client.post("/chat/", {"name": "Room 0"})).status == 302, "a room that exists is only opened"
    assert stored_rooms(storage) == ROOM_BURST
    other = HttpClient(hub, address=ADA)
    await other.get("/chat/lobby/")
    assert (await other.post("/chat/", {"name": "Another"})).status == 302
    tally("floods")


@pytest.mark.promise
async def test_pages_of_rooms_that_do_not_exist_leave_nothing(
    hub_with: HubWith, storage: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setattr("chat.rooms.housekeeper.POLL_SECONDS", 0.01)
    monkeypatch.setattr("chat.rooms.open_rooms.EMPTY_ROOM_IDLE_SECONDS", 0.0)
    hub, pages = hub_with(rate=0.0), effort(50, torture=300)
    http_client = HttpClient(hub)
    for number in range(pages):
        assert (await http_client.get(f"/chat/nobody-{number}/")).status == 200
    await until(lambda: not hub.open_rooms._openings)
    assert file_names(storage) == []
    tally("floods", pages)


async def test_a_room_is_not_closed_while_a_client_is_joining(
    hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client would be in a room that the process no longer knows, and would never get an event."""
    monkeypatch.setattr("chat.rooms.housekeeper.POLL_SECONDS", 0.01)
    monkeypatch.setattr("chat.rooms.open_rooms.EMPTY_ROOM_IDLE_SECONDS", 0.0)
    hub = hub_with()
    polling, joining = asyncio.Event(), asyncio.Event()

    async def slow_poll(room: Room, known_id: int = 0) -> None:
        polling.set()
        await joining.wait()

    monkeypatch.setattr(Room, "poll_log", slow_poll)
    await open_room(hub, "lobby")
    await until(polling.is_set, "the poll of a room that is to be closed")
    async with WebSocketClient(hub) as ada, WebSocketClient(hub) as bob:
        await until(lambda: hub.open_rooms._pins["lobby"] == 2, "two clients that join")
        joining.set()
        await ada.receive("welcome")
        await bob.receive("welcome")
        event = await ada.say("here")
        assert await bob.receive("message") == event


# Disk


@pytest.mark.promise
async def test_a_full_room_refuses_messages_can_be_read_and_does_not_affect_other_rooms(
    conf: Conf, tally: Tally
) -> None:
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
        assert (await bob.say("this one is not full"))["type"] == "message"
        assert (await HttpClient(hub).get("/chat/lobby/")).status == 200
    await hub.close()
    tally("batches at a limit")


@pytest.mark.promise
async def test_messages_of_a_full_room_can_be_deleted_also_in_one_batch_with_what_is_refused(
    conf: Conf, tally: Tally
) -> None:
    """Regression: a delete was refused with `storage_full`, as it needs some bytes itself."""
    hub = Hub(JsonFileStore(conf.storage_dir, quota=Quota(max_room_bytes=3000)), conf)
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (bob, bob_writer) = await join(room), await join(room, BOB)
    secrets = [await say(room, ada, ada_writer, f"x-mark {number}") for number in range(2)]
    room.publish(bob, PostMessage(message="x" * 4000))
    await until(lambda: bob_writer.of_type("error"))
    for secret in secrets:
        room.publish(ada, DeleteMessage(id=secret["id"]))
        room.publish(bob, PostMessage(message="y" * 4000, client_id=f"with {secret['id']}"))
        await until(
            lambda target=secret["id"]: [each for each in bob_writer.of_type("delete") if each["target"] == target]
        )
    assert [error["code"] for error in bob_writer.of_type("error")] == ["storage_full"] * 3
    assert not ada_writer.of_type("error")
    assert b'"message":"x-mark' not in (conf.storage_dir / "lobby.json").read_bytes()
    await hub.close()
    tally("batches at a limit")


@pytest.mark.promise
async def test_an_almost_full_disk_refuses_messages_and_can_be_read_until_space_is_free_again(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setattr("chat.rooms.readiness.READINESS_CACHE_SECONDS", -1.0)
    disk = NearlyFullDisk(1000)
    hub = Hub(JsonFileStore(conf.storage_dir, disk, Quota(reserve_bytes=1000)), conf)
    http_client = HttpClient(hub)
    async with WebSocketClient(hub) as ada:
        await ada.say("before")
        disk.free_bytes = 999
        error = await ada.say("not now")
        assert (error["code"], error["retry"]) == ("storage_full", False)
        assert "disk is almost full" in error["detail"]
        assert "before" in (await http_client.get("/chat/lobby/")).text
        response = await http_client.post("/chat/", {"name": "New"}, accept="application/json")
        assert (response.status, response.json()["error"]["code"]) == (503, "storage_full")
        assert (await http_client.get("/readyz")).status == 503
        disk.free_bytes = 1000
        assert (await ada.say("now"))["id"] == 3
        assert (await http_client.get("/readyz")).status == 200
    await hub.close()
    tally("batches at a limit", 2)


@pytest.mark.promise
async def test_no_room_is_created_beyond_the_number_of_rooms(conf: Conf, tally: Tally) -> None:
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
        assert (await ada.say("again"))["type"] == "message"
    await hub.close()
    assert stored_rooms(conf.storage_dir) == 2
    tally("batches at a limit", 3)
