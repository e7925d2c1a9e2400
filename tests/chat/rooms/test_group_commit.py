"""The group commit by itself: what becomes a batch, what is refused, and who hears of it."""

import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.rooms import group_commit as module
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.group_commit import GroupCommit
from tests.support.core.doubles import TIME_LIMIT

MOST = 100


class Writing:
    """Numbers that are written, each as heavy as it is great; every batch waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.heard: list[tuple[list[int], int | Exception]] = []
        self.let_go = threading.Event()
        self.worker = ThreadPoolExecutor(1)
        self.commit: GroupCommit[int, int] = GroupCommit(
            self._write, self._done, self.worker, batch_bytes=MOST, batch_priority=BatchPriority()
        )

    def put(self, *numbers: int) -> list[bool]:
        return [self.commit.enqueue(number, number) for number in numbers]

    async def finish(self) -> list[list[int]]:
        self.let_go.set()
        await self.commit.wait_until_idle()
        return self.batches

    def _write(self, batch: list[int]) -> int:
        assert self.let_go.wait(TIME_LIMIT)
        self.batches.append(batch)
        if 13 in batch:
            raise OSError("no 13")
        return sum(batch)

    async def _done(self, batch: list[int], outcome: int | Exception) -> None:
        self.heard.append((batch, outcome))
        if 7 in batch:
            raise RuntimeError("no 7")


@pytest.fixture
async def writing() -> AsyncIterator[Writing]:
    writing = Writing()
    yield writing
    await writing.finish()
    writing.worker.shutdown()


async def test_a_batch_is_no_heavier_than_allowed_and_in_order(writing: Writing) -> None:
    writing.put(60, 40, 1, 99, 1, 50)
    assert await writing.finish() == [[60, 40], [1, 99], [1, 50]]


async def test_what_is_heavier_than_a_batch_may_be_goes_alone(writing: Writing) -> None:
    writing.put(5, 500, 6, 700, 800)
    assert await writing.finish() == [[5], [500], [6], [700], [800]]


async def test_past_the_bound_nothing_more_is_taken_until_something_is_written(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_QUEUED_BYTES", 150)
    assert writing.put(100, 50, 1, 0) == [True, True, False, True]
    await writing.finish()
    assert writing.put(100, 50, 1) == [True, True, False]
    assert await writing.finish() == [[100], [50, 0], [100], [50]]


async def test_everybody_hears_the_outcome_of_their_batch_whatever_it_is(writing: Writing) -> None:
    writing.put(50, 50, 13, 87, 7, 90, 60)
    await writing.finish()
    assert [batch for batch, _ in writing.heard] == [[50, 50], [13, 87], [7, 90], [60]]
    assert [str(outcome) for _, outcome in writing.heard] == ["100", "no 13", "97", "60"]
    assert not writing.commit.busy
