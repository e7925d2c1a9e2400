"""The threads of the storage: the calls of one room keep their order, and no room waits for another room's disk."""

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chat.conf import Conf
from chat.rooms import readiness, storage_pool
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.hub import Hub
from chat.rooms.storage_pool import StoragePool
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.room_lock import RoomLock
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.chat.conftest import HubWith
from tests.support.core.doubles import TIME_LIMIT, until
from tests.support.core.room_actions import fill, join, open_room, say


class PartlyHangingDisk(Disk):
    """A disk on which calls that concern one room hang while `hanging` holds their names. `waiting` counts them."""

    def __init__(self, room: str) -> None:
        super().__init__(lock_timeout_seconds=TIME_LIMIT)
        self.hanging: set[str] = set()
        self.waiting = 0
        self._room = room
        self._fds: set[int] = set()
        self._released = threading.Event()

    def release(self) -> None:
        """Let every call go on, now and later."""
        self.hanging.clear()
        self._released.set()

    def open(self, path: Path, flags: int) -> int:
        fd = super().open(path, flags)
        (self._fds.add if path.stem == self._room else self._fds.discard)(fd)
        return fd

    def sync_data(self, fd: int) -> None:
        if fd in self._fds:
            self._wait("sync")
        super().sync_data(fd)

    def stat(self, path: Path) -> Any:
        if path.stem == self._room:
            self._wait("stat")
        return super().stat(path)

    def _wait(self, call: str) -> None:
        if call in self.hanging:
            self.waiting += 1
            assert self._released.wait(TIME_LIMIT), "the test did not release the disk"


@pytest.fixture
def disk() -> Iterator[PartlyHangingDisk]:
    disk = PartlyHangingDisk("slow")
    yield disk
    disk.release()


@pytest.fixture
async def slow_hub(conf: Conf, disk: PartlyHangingDisk) -> AsyncIterator[Hub]:
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    yield hub
    disk.release()
    await hub.close()


@contextmanager
def lock_held(conf: Conf, slug: str) -> Iterator[None]:
    """Somebody, such as a stopped command, holds the lock of a room."""
    lock = RoomLock(conf.storage_dir / f"{slug}.json", Disk())
    lock.acquire(makes_folder=True)
    try:
        yield
    finally:
        lock.release()


# Rooms


async def test_a_sync_that_hangs_in_one_room_delays_no_other_room(
    slow_hub: Hub, disk: PartlyHangingDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: all rooms were written by one thread: with 20 ms a sync, 200 rooms waited for each other 7 s."""
    monkeypatch.setattr(readiness, "READINESS_TIMEOUT_SECONDS", TIME_LIMIT)
    slow, lobby = await open_room(slow_hub, "slow"), await open_room(slow_hub, "lobby")
    (ada, ada_writer), (bob, bob_writer) = await join(slow), await join(lobby)
    await say(slow, ada, ada_writer, "first")
    disk.hanging = {"sync"}
    saying = asyncio.create_task(say(slow, ada, ada_writer, "slow"))
    await until(lambda: disk.waiting, "the sync")
    await say(lobby, bob, bob_writer, "here")
    await say(await open_room(slow_hub, "new"), *await join(await open_room(slow_hub, "new")), "a room is created")
    assert [room.room for room in await slow_hub.directory.rooms()] == ["lobby", "new", "slow"]
    assert await slow_hub.is_ready()
    assert not saying.done(), "it is not durable"
    disk.release()
    await saying


async def test_a_lock_that_is_held_delays_its_room_only(slow_hub: Hub, conf: Conf) -> None:
    """Regression: one thread waited for the lock, and with it the messages of all rooms: 3 s in the lobby."""
    room, lobby = await open_room(slow_hub, "locked"), await open_room(slow_hub, "lobby")
    (ada, ada_writer), (bob, bob_writer) = await join(room), await join(lobby)
    await say(room, ada, ada_writer, "first")
    with lock_held(conf, "locked"):
        saying = asyncio.create_task(say(room, ada, ada_writer, "second"))
        await until(lambda: room.group_commit.busy)
        await say(lobby, bob, bob_writer, "here")
        await say(lobby, bob, bob_writer, "and here")
        assert not saying.done()
    assert (await saying)["id"] == 3


@pytest.mark.usefixtures("_poll_often")
async def test_a_stat_that_hangs_stops_neither_the_loop_nor_the_other_rooms(
    slow_hub: Hub, conf: Conf, disk: PartlyHangingDisk
) -> None:
    """Regression: the event loop itself asked whether files had changed: a disk that hung stopped everything."""
    await fill(conf, ["first"], "slow")
    slow, lobby = await open_room(slow_hub, "slow"), await open_room(slow_hub, "lobby")
    bob, bob_writer = await join(lobby)
    disk.hanging = {"stat"}
    joining = asyncio.create_task(join(slow))
    await until(lambda: disk.waiting >= 2, "the poll and the client that joins")
    await say(lobby, bob, bob_writer, "here")
    await fill(conf, ["from a command"])
    await until(lambda: bob_writer.texts == ["here", "from a command"], "a poll of the lobby")
    assert not joining.done()
    disk.release()
    await joining
    await until(lambda: not any(room.poll_error for _, room in slow_hub.open_rooms))


@pytest.mark.usefixtures("_poll_often")
async def test_a_room_whose_lock_is_held_does_not_delay_the_polls_of_the_others(hub: Hub, conf: Conf) -> None:
    """Regression: the rooms were polled one after the other, and each lock was waited for."""
    await fill(conf, ["first"], "locked")
    await open_room(hub, "locked")
    bob, bob_writer = await join(await open_room(hub, "lobby"))
    with lock_held(conf, "locked"):
        (conf.storage_dir / "locked.json").touch()
        await until(lambda: "locked" in hub._housekeeper._tending, "a poll that waits for the lock")
        await fill(conf, ["from a command"])
        await until(lambda: bob_writer.texts == ["from a command"], "a poll of the lobby")


async def test_rooms_that_are_created_at_the_same_time_stay_within_the_quota(hub_with: HubWith, conf: Conf) -> None:
    """Regression of the pool: each thread saw room for one more file."""
    barrier = threading.Barrier(4)

    class MeetingDisk(Disk):
        def entries(self, folder: Path) -> list[str]:
            names = super().entries(folder)
            if not names:
                barrier.wait(TIME_LIMIT)
            return names

    store = JsonFileStore(conf.storage_dir, MeetingDisk(), Quota(max_rooms=1))
    calls = [asyncio.to_thread(store.create, f"room-{number}", "A room") for number in range(4)]
    await asyncio.gather(*calls, return_exceptions=True)
    assert len(list(conf.storage_dir.glob("*.json"))) <= 1


async def test_pages_do_not_yield_to_a_batch_that_waits_for_its_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.rooms.batch_priority.MAX_DISK_SECONDS", 0.0)
    monkeypatch.setattr("chat.rooms.batch_priority.MAX_YIELD_SECONDS", math.inf)
    priority = BatchPriority()
    with priority.batch():
        with priority.waiting_for_disk():
            await asyncio.wait_for(priority.yield_to_batches(), TIME_LIMIT)
        step = asyncio.create_task(priority.yield_to_batches())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not step.done(), "the batch is written, and is delivered now"
    await step


# The executors


@pytest.fixture
def pool() -> Iterator[StoragePool]:
    pool = StoragePool()
    yield pool
    pool.shutdown()


async def test_the_calls_of_one_room_run_in_order_and_one_at_a_time(pool: StoragePool) -> None:
    order: dict[str, list[int]] = {"a": [], "b": []}
    running = {"a": threading.Lock(), "b": threading.Lock()}

    def call(slug: str, number: int) -> None:
        assert running[slug].acquire(blocking=False), "two calls of one room run at the same time"
        if number % 10 == 0:
            threading.Event().wait(0.001)  # a slow call: the next one could overtake it
        order[slug].append(number)
        running[slug].release()
        if number % 7 == 0:
            raise ValueError("the next calls run all the same")

    calls = [pool.of_room(slug).run(_bound(call, slug, number)) for number in range(500) for slug in order]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert order == {"a": list(range(500)), "b": list(range(500))}
    assert sum(isinstance(outcome, ValueError) for outcome in outcomes) == 2 * len(range(0, 500, 7))
    assert not any(isinstance(outcome, AssertionError) for outcome in outcomes)


def _bound(call: Callable[..., None], *arguments: Any) -> Callable[[], None]:
    return lambda: call(*arguments)


async def test_a_cancelled_call_does_not_run_and_the_next_one_does(pool: StoragePool) -> None:
    released, ran = threading.Event(), []
    first = pool.of_room("a").run(lambda: released.wait(TIME_LIMIT))
    second = pool.of_room("a").run(lambda: ran.append("second"))
    third = pool.of_room("a").run(lambda: ran.append("third"))
    second.cancel()
    await asyncio.sleep(0)  # the loop passes the cancellation on
    released.set()
    await asyncio.gather(first, third)
    assert ran == ["third"]


async def test_rooms_that_wait_do_not_take_the_threads_of_the_others(
    pool: StoragePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rooms than threads wait. Each takes a fast thread for its first call only."""
    monkeypatch.setattr(storage_pool, "SLOW_SECONDS", 0.0)
    waiting = [pool.of_room(f"slow-{number}") for number in range(2 * storage_pool.MAX_THREADS)]
    await asyncio.gather(*(executor.run(lambda: threading.Event().wait(0.001)) for executor in waiting))
    released = threading.Event()
    calls = [executor.run(lambda: released.wait(TIME_LIMIT)) for executor in waiting]
    assert await asyncio.wait_for(pool.of_room("lobby").run(lambda: "here"), TIME_LIMIT) == "here"
    assert not any(call.done() for call in calls)
    released.set()
    await asyncio.gather(*calls)


async def test_a_room_that_is_fast_again_takes_fast_threads_again(
    pool: StoragePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def thread_name() -> str:
        return threading.current_thread().name.partition("_")[0]

    executor = pool.of_room("a")
    names = [await executor.run(thread_name)]
    monkeypatch.setattr(storage_pool, "SLOW_SECONDS", -1.0)
    names += [await executor.run(thread_name), await executor.run(thread_name)]
    monkeypatch.setattr(storage_pool, "SLOW_SECONDS", TIME_LIMIT)
    names += [await executor.run(thread_name), await executor.run(thread_name)]
    assert names[0] == names[-1] == "storage"
    assert "slow-storage" in names


async def test_shutdown_runs_every_call_that_was_submitted() -> None:
    pool, released, ran = StoragePool(), threading.Event(), []
    executor = pool.of_room("a")
    calls = [executor.run(lambda: released.wait(TIME_LIMIT)), *(executor.run(_bound(ran.append, n)) for n in range(5))]
    shutting_down = asyncio.create_task(asyncio.to_thread(pool.shutdown))
    await until(lambda: pool._fast.closed, "the shutdown")
    released.set()
    await asyncio.wait_for(asyncio.gather(*calls, shutting_down), TIME_LIMIT)
    assert ran == [0, 1, 2, 3, 4]


async def test_a_room_has_one_executor_while_it_is_used_and_none_is_kept(pool: StoragePool) -> None:
    executor = pool.of_room("a")
    assert pool.of_room("a") is executor
    await executor.run(lambda: None)
    del executor
    await until(lambda: "a" not in pool._rooms, "the end of the executor")
