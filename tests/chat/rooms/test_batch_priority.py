"""Message batches before pages: when a step of a page runs, and when it waits for batches."""

import asyncio
import math
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from chat.conf import Conf
from chat.rooms import batch_priority, feed
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.hub import Hub
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import PostMessage
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import TIME_LIMIT, BlockingDisk, until
from tests.support.core.room_actions import join, open_room

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _no_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps wait without a time limit, so that no timing decides a test."""
    monkeypatch.setattr(batch_priority, "MAX_YIELD_SECONDS", math.inf)
    monkeypatch.setattr(batch_priority, "MAX_DISK_SECONDS", math.inf)


async def loop_iterations(count: int) -> None:
    """Let the event loop run so many iterations."""
    for _ in range(count):
        await asyncio.sleep(0)


async def within_time_limit(awaitable: Awaitable[T]) -> T:
    return await asyncio.wait_for(awaitable, TIME_LIMIT)


async def test_a_step_runs_after_a_few_iterations_while_no_batch_is_in_progress() -> None:
    priority = BatchPriority()
    step = asyncio.create_task(priority.yield_to_batches())
    await loop_iterations(batch_priority.LOOP_ITERATIONS + 2)
    assert step.done()


async def test_a_step_waits_until_every_batch_is_delivered() -> None:
    priority = BatchPriority()
    with priority.batch():
        with priority.batch():
            step = asyncio.create_task(priority.yield_to_batches())
            await loop_iterations(20)
        await loop_iterations(20)
        assert not step.done()
    await within_time_limit(step)


async def test_a_message_that_arrives_just_before_a_step_becomes_a_batch_first(conf: Conf) -> None:
    """Its frame is in a socket: the event loop reads it in one iteration, and the consumer gets it in the next."""
    disk = BlockingDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    async with WebSocketClient(hub) as ada:
        await ada.say("first")
        disk.block()
        step = asyncio.create_task(hub.batch_priority.yield_to_batches())
        await loop_iterations(2)  # the step has begun, and the first of its iterations is over
        await ada.send(type="message", message="last")
        await loop_iterations(100)
        assert not step.done()
        disk.unblock()
        await within_time_limit(step)
        assert (await ada.receive("message"))["message"] == "last"
    await hub.close()


async def test_steps_run_one_after_the_other() -> None:
    """A hundred steps that waited for the same batch would otherwise be one long step."""
    priority, finished, most_at_once = BatchPriority(), 0, 0

    async def step() -> None:
        nonlocal finished
        await priority.yield_to_batches()
        finished += 1

    with priority.batch():
        steps = [asyncio.create_task(step()) for _ in range(10)]
        await loop_iterations(100)
    deadline = time.monotonic() + TIME_LIMIT
    while finished < len(steps) and time.monotonic() < deadline:
        before = finished
        await loop_iterations(1)
        most_at_once = max(most_at_once, finished - before)
    assert (finished, most_at_once) == (10, 1)


async def test_steps_run_after_a_time_limit_even_if_batches_never_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_priority, "MAX_YIELD_SECONDS", 0.005)
    priority = BatchPriority()
    with priority.batch():
        await within_time_limit(priority.yield_to_batches())
        await within_time_limit(asyncio.gather(*(priority.yield_to_batches() for _ in range(20))))
        await within_time_limit(priority.wait_for_batches(math.inf))
        monkeypatch.setattr(batch_priority, "MAX_YIELD_SECONDS", math.inf)
        await within_time_limit(priority.wait_for_batches(0.001))


async def test_wait_for_batches_does_not_wait_for_the_queue_of_steps() -> None:
    """A flood of HTTP requests would otherwise delay every WebSocket client that resumes."""
    priority = BatchPriority()
    with priority.batch():
        flood = [asyncio.create_task(priority.yield_to_batches()) for _ in range(100)]
        await loop_iterations(5)
        renderer = asyncio.create_task(priority.wait_for_batches(math.inf))
        await loop_iterations(20)
        assert not renderer.done()
    await within_time_limit(renderer)
    assert not any(step.done() for step in flood[1:])
    await within_time_limit(asyncio.gather(*flood))


async def test_a_cancelled_step_does_not_block_the_others() -> None:
    priority = BatchPriority()
    with priority.batch():
        cancelled = [asyncio.create_task(priority.yield_to_batches()) for _ in range(3)]
        other = asyncio.create_task(priority.yield_to_batches())
        await loop_iterations(20)
        for task in cancelled:
            task.cancel()
        await loop_iterations(20)
    await within_time_limit(other)
    assert all(task.cancelled() for task in cancelled)


async def test_a_batch_is_in_progress_from_its_first_message_until_it_is_reported(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    room = await open_room(hub, "lobby")
    commit, priority = room.group_commit, hub.batch_priority
    assert priority._idle.is_set()
    connection, writer = await join(room)
    room.publish(connection, PostMessage(message="first"))
    assert not priority._idle.is_set()
    await commit.wait_until_idle()
    assert priority._idle.is_set()
    assert writer.texts == ["first"]
    await hub.close()


@pytest.mark.parametrize("path", ["/chat/lobby/", "/api/rooms/lobby/messages", "/api/rooms/", "/nowhere", "/name/"])
async def test_pages_api_answers_and_errors_wait_for_batches(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    await open_room(hub, "lobby")
    waits: list[None] = []
    until_idle = BatchPriority._until_idle

    async def counted(priority: BatchPriority, deadline: float) -> None:
        waits.append(None)
        await until_idle(priority, deadline)

    monkeypatch.setattr(BatchPriority, "_until_idle", counted)
    with hub.batch_priority.batch():
        response = asyncio.create_task(HttpClient(hub).request("GET", path))
        await until(lambda: waits, "the first step")
        await loop_iterations(100)
        assert not response.done()
        assert len(waits) == 1
    assert (await within_time_limit(response)).status in {200, 302, 404}
    assert len(waits) >= 2, "one wait before the view, and one before the response"
    await hub.close()


async def test_a_rate_limit_error_waits_for_batches_too(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), replace(conf, rate=0.001, rate_burst=1))
    http_client = HttpClient(hub)
    while (await http_client.get("/api/rooms/")).status == 200:
        pass
    with hub.batch_priority.batch():
        response = asyncio.create_task(http_client.get("/api/rooms/"))
        await loop_iterations(100)
        assert not response.done()
    assert (await within_time_limit(response)).status == 429
    await hub.close()


async def test_steps_wait_until_a_broadcast_has_reached_every_connection(
    conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broadcast to thousands of connections yields to the event loop now and then, but not to a page."""
    hub, finished = Hub(JsonFileStore(conf.storage_dir), conf), asyncio.Event()

    async def broadcast(*given: Any) -> None:
        await finished.wait()

    monkeypatch.setattr(feed, "broadcast", broadcast)
    async with WebSocketClient(hub) as ada:
        await ada.send(type="message", message="to all")
        room = await open_room(hub, "lobby")
        await until(lambda: room.feed.last_delivered_id == 2)
        step = asyncio.create_task(hub.batch_priority.yield_to_batches())
        await loop_iterations(100)
        assert not step.done()
        finished.set()
        await within_time_limit(step)
    await hub.close()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Has one item for each call of `yield_to_batches`. `in_steps` yields before every item."""
    calls: list[None] = []
    yield_to_batches = BatchPriority.yield_to_batches

    async def counted(priority: BatchPriority) -> None:
        calls.append(None)
        await yield_to_batches(priority)

    monkeypatch.setattr(BatchPriority, "yield_to_batches", counted)
    monkeypatch.setattr(batch_priority, "STEP_SECONDS", 0)
    return calls


async def test_a_page_with_many_rows_is_made_in_many_steps(conf: Conf, steps: list[None]) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    async with WebSocketClient(hub) as ada:
        for number in range(20):
            await ada.say(f"message {number}")
    for number in range(4):
        await hub.directory.create(f"room-{number}", f"Room {number}")
    steps.clear()
    assert (await HttpClient(hub).get("/chat/lobby/")).status == 200
    assert len(steps) == 1 + 5 + 20 + 1 + 1, "before the view, each room, each row, the template, and the response"
    steps.clear()
    assert len((await HttpClient(hub).get("/api/rooms/")).json()["rooms"]) == 5
    assert len(steps) == 1 + 5 + 1
    await hub.close()


async def test_healthz_does_not_wait_for_batches(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    with hub.batch_priority.batch():
        assert (await within_time_limit(HttpClient(hub).request("GET", "/healthz"))).status == 200
    await hub.close()
