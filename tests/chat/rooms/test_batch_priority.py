"""What is being said goes first: when a step is taken, and when it waits."""

import asyncio
import math
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from chat.conf import Conf
from chat.rooms import batch_priority as module
from chat.rooms import feed
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.batch_writer import PendingMessage
from chat.rooms.hub import Hub
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import TIME_LIMIT, HeldDisk, until

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is decided by how long something took."""
    monkeypatch.setattr(module, "MAX_WAIT_SECONDS", math.inf)


async def turns(count: int) -> None:
    """So many turns of the event loop."""
    for _ in range(count):
        await asyncio.sleep(0)


async def in_time(step: Awaitable[T]) -> T:
    return await asyncio.wait_for(step, TIME_LIMIT)


async def test_a_step_is_taken_at_once_while_nobody_speaks() -> None:
    priority = BatchPriority()
    step = asyncio.create_task(priority.yield_to_batches())
    await turns(module.LOOP_ITERATIONS + 2)
    assert step.done()


async def test_a_step_waits_until_every_batch_is_delivered() -> None:
    priority = BatchPriority()
    with priority.batch():
        with priority.batch():
            step = asyncio.create_task(priority.yield_to_batches())
            await turns(20)
        await turns(20)
        assert not step.done()
    await in_time(step)


async def test_what_is_said_in_the_moment_before_a_step_goes_first(conf: Conf) -> None:
    """Its frame lies in a socket: the event loop reads it in its next turn, the consumer hears of it in the next."""
    disk = HeldDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    async with WebSocketClient(hub) as ada:
        await ada.say("first")
        disk.let_go.clear()
        step = asyncio.create_task(hub.batch_priority.yield_to_batches())
        await turns(2)  # it has begun, and its first turn is over
        await ada.send(type="message", message="last")
        await turns(100)
        assert not step.done()
        disk.let_go.set()
        await in_time(step)
        assert (await ada.receive("message"))["message"] == "last"
    await hub.close()


async def test_steps_are_taken_one_after_the_other() -> None:
    """A hundred that waited for the same batch would be one long step."""
    priority, taken, busiest = BatchPriority(), 0, 0

    async def step() -> None:
        nonlocal taken
        await priority.yield_to_batches()
        taken += 1

    with priority.batch():
        steps = [asyncio.create_task(step()) for _ in range(10)]
        await turns(100)
    deadline = time.monotonic() + TIME_LIMIT
    while taken < len(steps) and time.monotonic() < deadline:
        before = taken
        await turns(1)
        busiest = max(busiest, taken - before)
    assert (taken, busiest) == (10, 1)


async def test_where_somebody_speaks_all_the_time_steps_are_taken_nevertheless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAIT_SECONDS", 0.005)
    priority = BatchPriority()
    with priority.batch():
        await in_time(priority.yield_to_batches())
        await in_time(asyncio.gather(*(priority.yield_to_batches() for _ in range(20))))
        await in_time(priority.wait_for_batches(math.inf))
        monkeypatch.setattr(module, "MAX_WAIT_SECONDS", math.inf)
        await in_time(priority.wait_for_batches(0.001))


async def test_who_is_one_at_a_time_anyway_waits_for_batches_alone() -> None:
    """A flood of requests would hold up everybody who comes back over a WebSocket, and has nothing to do with them."""
    priority = BatchPriority()
    with priority.batch():
        flood = [asyncio.create_task(priority.yield_to_batches()) for _ in range(100)]
        await turns(5)
        reader = asyncio.create_task(priority.wait_for_batches(math.inf))
        await turns(20)
        assert not reader.done()
    await in_time(reader)
    assert not any(step.done() for step in flood[1:])
    await in_time(asyncio.gather(*flood))


async def test_whoever_leaves_while_waiting_holds_up_nobody() -> None:
    priority = BatchPriority()
    with priority.batch():
        gone = [asyncio.create_task(priority.yield_to_batches()) for _ in range(3)]
        stays = asyncio.create_task(priority.yield_to_batches())
        await turns(20)
        for task in gone:
            task.cancel()
        await turns(20)
    await in_time(stays)
    assert all(task.cancelled() for task in gone)


async def test_a_batch_is_on_its_way_from_its_first_message_however_it_ends(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    room = await hub.room("lobby")
    commit, priority = room.commit, hub.batch_priority
    assert priority._idle.is_set()
    async with WebSocketClient(hub) as ada:
        await ada.say("first")
        await until(priority._idle.is_set)
    commit.enqueue(PendingMessage(Draft(author="a", username="ada", message="never"), None), 1)  # type: ignore[arg-type]
    assert not priority._idle.is_set()
    assert commit._running
    commit._running.cancel()  # before it has begun
    await until(priority._idle.is_set)
    await hub.close()


@pytest.mark.parametrize("path", ["/chat/lobby/", "/api/rooms/lobby/messages", "/api/rooms/", "/nowhere", "/name/"])
async def test_pages_answers_and_refusals_wait_for_what_is_being_said(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    await hub.room("lobby")
    waiting: list[None] = []
    until_free = BatchPriority._until_idle

    async def noted(priority: BatchPriority, deadline: float) -> None:
        waiting.append(None)
        await until_free(priority, deadline)

    monkeypatch.setattr(BatchPriority, "_until_idle", noted)
    with hub.batch_priority.batch():
        asked = asyncio.create_task(HttpClient(hub).request("GET", path))
        await until(lambda: waiting, "the first step")
        await turns(100)
        assert not asked.done()
        assert len(waiting) == 1
    assert (await in_time(asked)).status in {200, 404, 405}
    assert len(waiting) >= 2, "and before the answer"
    await hub.close()


async def test_whoever_is_refused_for_asking_too_often_waits_too(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), replace(conf, rate=0.001, rate_burst=1))
    http_client = HttpClient(hub)
    while (await http_client.get("/api/rooms/")).status == 200:
        pass
    with hub.batch_priority.batch():
        asked = asyncio.create_task(http_client.get("/api/rooms/"))
        await turns(100)
        assert not asked.done()
    assert (await in_time(asked)).status == 429
    await hub.close()


async def test_steps_wait_until_the_last_of_many_connections_has_heard(
    conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broadcast to thousands gives way to the event loop now and then, but not to a page."""
    hub, heard = Hub(JsonFileStore(conf.storage_dir), conf), asyncio.Event()

    async def broadcast(*given: Any) -> None:
        await heard.wait()

    monkeypatch.setattr(feed, "broadcast", broadcast)
    async with WebSocketClient(hub) as ada:
        await ada.send(type="message", message="to everybody")
        room = await hub.room("lobby")
        await until(lambda: room.feed.last_delivered_id == 2 and not room.commit.busy)
        step = asyncio.create_task(hub.batch_priority.yield_to_batches())
        await turns(100)
        assert not step.done()
        heard.set()
        await in_time(step)
    await hub.close()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each step; and each step is as short as can be."""
    taken: list[None] = []
    give = BatchPriority.yield_to_batches

    async def counted(priority: BatchPriority) -> None:
        taken.append(None)
        await give(priority)

    monkeypatch.setattr(BatchPriority, "yield_to_batches", counted)
    monkeypatch.setattr(module, "STEP_SECONDS", 0)
    return taken


async def test_a_page_with_much_to_make_is_made_in_many_steps(conf: Conf, steps: list[None]) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    async with WebSocketClient(hub) as ada:
        for number in range(20):
            await ada.say(f"word {number}")
    for number in range(4):
        await hub.directory.create(f"room-{number}", f"Room {number}")
    steps.clear()
    assert (await HttpClient(hub).get("/chat/lobby/")).status == 200
    assert len(steps) == 1 + 5 + 20 + 1 + 1, "to the page, rooms, rows, the page itself, and its answer"
    steps.clear()
    assert len((await HttpClient(hub).get("/api/rooms/")).json()["rooms"]) == 5
    assert len(steps) == 1 + 5 + 1
    await hub.close()


async def test_the_health_of_the_server_is_told_whatever_is_being_said(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    with hub.batch_priority.batch():
        assert (await in_time(HttpClient(hub).request("GET", "/healthz"))).status == 200
    await hub.close()
