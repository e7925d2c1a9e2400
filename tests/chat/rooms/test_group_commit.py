"""The group commit alone: how the queue is cut into batches, what is refused, and how outcomes are reported."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from chat.rooms import group_commit
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.group_commit import GroupCommit
from chat.rooms.storage_pool import StoragePool
from tests.support.core.doubles import TIME_LIMIT, until

BATCH_BYTES = 100


class BlockingCommit:
    """A group commit of numbers, each with itself as size estimate. Writes block until `finish`; 13 and 7 fail."""

    def __init__(self) -> None:
        self.written: list[list[int]] = []
        self.reporting = asyncio.Event()  # cleared: reports wait
        self.reporting.set()
        self.outcomes: list[tuple[list[int], int | BaseException]] = []
        self._unblocked = threading.Event()
        self.storage, priority = StoragePool(), BatchPriority()
        self.executor = self.storage.new_executor()
        self.commit: GroupCommit[int, int] = GroupCommit(
            self._write, self._on_complete, self.executor, batch_bytes=BATCH_BYTES, batch_priority=priority
        )

    def enqueue(self, *numbers: int) -> list[bool]:
        return [self.commit.enqueue(number, number) for number in numbers]

    async def finish(self) -> list[list[int]]:
        self._unblocked.set()
        async with asyncio.timeout(TIME_LIMIT):
            await self.commit.wait_until_idle()
        return self.written

    def _write(self, batch: list[int]) -> int:
        assert self._unblocked.wait(TIME_LIMIT)
        self.written.append(batch)
        if 13 in batch:
            raise OSError("no 13")
        return sum(batch)

    async def _on_complete(self, batch: list[int], outcome: int | BaseException) -> None:
        self.outcomes.append((batch, outcome))
        await self.reporting.wait()
        if 7 in batch:
            raise RuntimeError("no 7")


@pytest.fixture
async def blocking_commit() -> AsyncIterator[BlockingCommit]:
    blocking_commit = BlockingCommit()
    yield blocking_commit
    await blocking_commit.finish()
    blocking_commit.storage.shutdown()


async def test_batches_keep_the_order_and_the_size_limit(blocking_commit: BlockingCommit) -> None:
    blocking_commit.enqueue(60, 40, 1, 99, 1, 50)
    assert await blocking_commit.finish() == [[60, 40], [1, 99], [1, 50]]


async def test_an_item_larger_than_the_limit_is_a_batch_of_its_own(blocking_commit: BlockingCommit) -> None:
    blocking_commit.enqueue(5, 500, 6, 700, 800)
    assert await blocking_commit.finish() == [[5], [500], [6], [700], [800]]


async def test_a_full_queue_refuses_items_until_a_batch_is_taken_from_it(
    blocking_commit: BlockingCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MAX_QUEUED_BYTES", 150)
    assert blocking_commit.enqueue(100, 50, 1, 0) == [True, True, False, True]
    await blocking_commit.finish()
    assert blocking_commit.enqueue(100, 50, 1) == [True, True, False]
    assert await blocking_commit.finish() == [[100], [50, 0], [100], [50]]


async def test_the_outcome_of_every_batch_is_reported_in_order_also_after_errors(
    blocking_commit: BlockingCommit,
) -> None:
    blocking_commit.enqueue(50, 50, 13, 87, 7, 90, 60)
    await blocking_commit.finish()
    assert [batch for batch, _ in blocking_commit.outcomes] == [[50, 50], [13, 87], [7, 90], [60]]
    assert [str(outcome) for _, outcome in blocking_commit.outcomes] == ["100", "no 13", "97", "60"]
    assert not blocking_commit.commit.busy


async def test_the_next_batch_is_written_while_an_outcome_is_told_and_the_one_after_it_is_not(
    blocking_commit: BlockingCommit,
) -> None:
    """Or batches would pile up in memory while a channel layer does not answer."""
    blocking_commit.reporting.clear()
    blocking_commit.enqueue(100, 99, 98)
    blocking_commit._unblocked.set()
    await until(lambda: len(blocking_commit.written) == 2)
    await until(lambda: blocking_commit.executor.calls == 0)
    assert blocking_commit.outcomes == [([100], 100)]
    assert blocking_commit.commit.queued == (1, 98)
    blocking_commit.reporting.set()
    assert await blocking_commit.finish() == [[100], [99], [98]]
    assert blocking_commit.outcomes == [([100], 100), ([99], 99), ([98], 98)]


async def test_a_report_that_is_cancelled_stops_neither_the_batches_that_follow_nor_those_who_wait(
    blocking_commit: BlockingCommit,
) -> None:
    blocking_commit.reporting.clear()
    before = asyncio.all_tasks()
    blocking_commit.enqueue(100)
    blocking_commit._unblocked.set()
    await until(lambda: blocking_commit.outcomes)
    blocking_commit.enqueue(99)
    for task in asyncio.all_tasks() - before:
        task.cancel()
    blocking_commit.reporting.set()
    assert await blocking_commit.finish() == [[100], [99]]
    assert blocking_commit.outcomes == [([100], 100), ([99], 99)]
    assert not blocking_commit.commit.busy


async def test_threads_that_were_shut_down_refuse_every_batch(blocking_commit: BlockingCommit) -> None:
    blocking_commit.storage.shutdown()
    blocking_commit.enqueue(60, 60)
    assert await blocking_commit.finish() == []
    assert [str(outcome) for _, outcome in blocking_commit.outcomes] == ["the threads were shut down"] * 2
