"""Callers that come while a call runs share the next one, and each gets a call that began after it came."""

import asyncio

import pytest

from chat.rooms.shared_call import SharedCall


class SlowCall:
    """Ends when the test says so."""

    def __init__(self) -> None:
        self.ends: list[asyncio.Future[None]] = []

    async def __call__(self) -> None:
        self.ends.append(asyncio.get_running_loop().create_future())
        await self.ends[-1]


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def slow() -> SlowCall:
    return SlowCall()


async def test_callers_that_come_meanwhile_share_the_next_call(slow: SlowCall) -> None:
    shared = SharedCall(slow)
    first = asyncio.create_task(shared())
    await settle()
    crowd = [asyncio.create_task(shared()) for _ in range(100)]
    await settle()
    assert len(slow.ends) == 1
    slow.ends[0].set_result(None)
    await settle()
    assert (first.done(), len(slow.ends)) == (True, 2)
    assert not any(task.done() for task in crowd), "the first call began before they came"
    slow.ends[1].set_result(None)
    await asyncio.gather(first, *crowd)
    assert len(slow.ends) == 2


async def test_an_error_is_raised_to_all_who_share_the_call_and_to_nobody_else(slow: SlowCall) -> None:
    shared = SharedCall(slow)
    first = asyncio.create_task(shared())
    await settle()
    crowd = [asyncio.create_task(shared()) for _ in range(3)]
    await settle()
    slow.ends[0].set_exception(RuntimeError("the first"))
    await settle()
    slow.ends[1].set_exception(RuntimeError("the second"))
    errors = await asyncio.gather(first, *crowd, return_exceptions=True)
    assert [str(error) for error in errors] == ["the first", *["the second"] * 3]
    later = asyncio.create_task(shared())
    await settle()
    slow.ends[2].set_result(None)
    assert await later is None


async def test_a_caller_that_is_cancelled_leaves_the_call_to_the_others(slow: SlowCall) -> None:
    shared = SharedCall(slow)
    tasks = [asyncio.create_task(shared()) for _ in range(4)]
    await settle()
    tasks[0].cancel()
    await settle()
    assert len(slow.ends) == 2
    tasks[2].cancel()
    await settle()
    slow.ends[1].set_result(None)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in outcomes] == [True, False, True, False]
