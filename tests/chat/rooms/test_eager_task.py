"""A coroutine that begins at once, and becomes a task only if it has to wait."""

import asyncio

import pytest

from chat.entrance import request_id
from chat.rooms.eager_task import eager_task


async def test_what_does_not_wait_is_done_at_once_and_is_no_task() -> None:
    done: list[str] = []

    async def work() -> None:
        request_id.begin([(request_id.HEADER, b"of-the-work")])
        done.append(request_id.current())

    assert eager_task(work()) is None
    assert done == ["of-the-work"]
    assert request_id.current() == "", "it has a context of its own"


async def test_what_waits_goes_on_as_a_task_with_its_context() -> None:
    steps: list[object] = []
    future = asyncio.get_running_loop().create_future()

    async def work() -> None:
        request_id.begin([(request_id.HEADER, b"of-the-work")])
        steps.append(await future)
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await asyncio.sleep(0.001)
        steps.append(request_id.current())

    task = eager_task(work())
    assert task is not None
    assert steps == []
    future.set_result("result")
    await task
    assert steps == ["result", "of-the-work"]


async def test_errors_are_raised_where_they_happen() -> None:
    async def fails(future: asyncio.Future[None] | None) -> None:
        if future is not None:
            await future
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        eager_task(fails(None))
    future = asyncio.get_running_loop().create_future()
    task = eager_task(fails(future))
    assert task is not None
    future.set_result(None)
    with pytest.raises(ZeroDivisionError):
        await task


async def test_the_work_sees_the_error_that_it_waited_for_and_its_cancellation() -> None:
    seen: list[str] = []
    future = asyncio.get_running_loop().create_future()

    async def work() -> None:
        try:
            await future
        except ConnectionError as error:
            seen.append(str(error))
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("the end")

    task = eager_task(work())
    assert task is not None
    future.set_exception(ConnectionError("gone"))
    while not seen:  # noqa: ASYNC110 (the next iterations of the loop)
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["gone", "the end"]


async def test_a_task_that_is_cancelled_before_it_goes_on_ends() -> None:
    ended: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    task = eager_task(work())
    assert task is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]
