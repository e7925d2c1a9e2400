"""The renderer: fair between addresses, one slice at a time, with a pause after each, beside the event loop."""

import asyncio
import math
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chat.rooms import history_renderer as renderer_module
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.history_renderer import IDLE_FACTOR, HistoryRenderer, QueueKey
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort

Slices = list[tuple[float, float]]


def slow(name: str, count: int, log: list[str]) -> Iterator[str]:
    """Events of which each takes a slice to render."""
    for number in range(count):
        until = time.perf_counter() + 2 * renderer_module.SLICE_SECONDS
        while time.perf_counter() < until:
            pass
        log.append(name)
        yield f"{name} {number}"


async def test_all_events_are_rendered_in_order_in_a_thread() -> None:
    threads = set()

    def events() -> Iterator[int]:
        for number in range(1000):
            threads.add(threading.get_ident())
            yield number

    assert await HistoryRenderer(BatchPriority()).render(events(), QueueKey()) == list(range(1000))
    assert threading.get_ident() not in threads
    assert await HistoryRenderer(BatchPriority()).render(iter(()), QueueKey()) == []


async def test_slices_of_several_clients_alternate() -> None:
    log: list[str] = []
    renderer = HistoryRenderer(BatchPriority())
    pages = await asyncio.gather(*(renderer.render(slow(name, 6, log), QueueKey()) for name in "abc"))
    assert pages == [[f"{name} {number}" for number in range(6)] for name in "abc"]
    last = [len(log) - log[::-1].index(name) for name in "abc"]
    first = [log.index(name) for name in "abc"]
    assert max(first) < min(last), "no client waited for the whole page of another one"


async def slices_of_others(others: list[QueueKey], one: QueueKey) -> int:
    """The number of slices for other clients until one more client had its six slices."""
    log: list[str] = []
    renderer = HistoryRenderer(BatchPriority())
    tasks = [asyncio.create_task(renderer.render(slow("other", 50, log), key)) for key in others]
    await until(lambda: log, "the first slice")
    before = len(log)
    await renderer.render(slow("one", 6, log), one)
    slices = log[before : len(log) - log[::-1].index("one")].count("other")
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return slices


ONE_EACH = 6 + 2  # one slice of the others for each of the six, and those that were in progress


@pytest.mark.parametrize(
    ("others", "one"),
    [
        (QueueKey("others"), QueueKey("one")),
        (QueueKey("others"), QueueKey("others", joining=True)),
        (QueueKey("others", joining=True), QueueKey("one", joining=True)),
    ],
)
async def test_many_clients_of_one_address_get_the_slices_of_one(others: QueueKey, one: QueueKey) -> None:
    """Regression: a thousand connections that requested pages had a thousand places in the queue, and a joining
    client waited for all of them.
    """
    assert await slices_of_others([others] * 20, one) <= ONE_EACH


async def test_joining_clients_do_not_wait_for_all_requests_of_history() -> None:
    others = [QueueKey(f"10.0.0.{number}") for number in range(20)]
    assert await slices_of_others(others, QueueKey("one", joining=True)) <= ONE_EACH


async def test_no_place_in_the_queue_is_left_after_rendering() -> None:
    renderer = HistoryRenderer(BatchPriority())
    await asyncio.gather(*(renderer.render(slow("x", 2, []), QueueKey(f"10.0.0.{number}")) for number in range(5)))
    assert not renderer._places


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> Slices:
    """When each slice began and ended, measured inside the slice."""
    times: Slices = []
    render = renderer_module._render_slice

    def timed(events: Iterator[Any]) -> Any:
        times.append((time.perf_counter(), math.inf))
        at = len(times) - 1
        result = render(events)
        times[at] = times[at][0], time.perf_counter()
        return result

    monkeypatch.setattr(renderer_module, "_render_slice", timed)
    return times


def is_one_at_a_time_with_pauses(times: Slices) -> bool:
    """Whether slices do not overlap and each is followed by a pause, which is never shorter measured from inside."""
    following = zip(times, times[1:], strict=False)
    return all(next_begin - end >= IDLE_FACTOR * (end - begin) for (begin, end), (next_begin, _) in following)


@pytest.mark.promise
async def test_there_is_one_slice_at_a_time_and_a_pause_after_it(slices: Slices, tally: Tally) -> None:
    """Several rendering threads would delay the event loop, and with it all messages."""
    renderer, clients = HistoryRenderer(BatchPriority()), effort(8, torture=100)
    await asyncio.gather(*(renderer.render(slow("x", 5, []), QueueKey()) for _ in range(clients)))
    assert is_one_at_a_time_with_pauses(slices)
    assert len(slices) >= clients * 2
    tally("slices of history", len(slices))


async def test_before_a_slice_the_renderer_waits_for_batches_for_the_length_of_the_pause(slices: Slices) -> None:
    waits: list[float] = []

    class RecordingPriority(BatchPriority):
        async def wait_for_batches(self, seconds: float) -> None:
            waits.append(seconds)

    await HistoryRenderer(RecordingPriority()).render(slow("x", 5, []), QueueKey())
    assert len(waits) == len(slices)
    pauses = [IDLE_FACTOR * (end - begin) for begin, end in slices]
    assert all(seconds >= pause for seconds, pause in zip(waits[1:], pauses, strict=False))


@pytest.mark.promise
async def test_a_client_that_disconnects_during_a_slice_causes_no_second_slice_beside_it(
    slices: Slices, tally: Tally
) -> None:
    """Regression: Django cancels the view of a client that disconnects. The thread continued, and the next one
    began: a client that requested a page and disconnected a hundred times had a hundred rendering threads.
    """
    renderer, clients = HistoryRenderer(BatchPriority()), effort(5, torture=200)
    for _ in range(clients):
        await disconnect_during_a_slice(renderer, slices)
    assert await renderer.render(iter(["other"]), QueueKey()) == ["other"]
    assert is_one_at_a_time_with_pauses(slices)
    assert len(slices) == clients + 1
    tally("clients that disconnected in a slice", clients)


async def disconnect_during_a_slice(renderer: HistoryRenderer, slices: Slices) -> None:
    before = len(slices)
    cancelled = asyncio.create_task(renderer.render(slow("cancelled", 5, []), QueueKey()))
    await until(lambda: len(slices) > before, "the beginning of a slice")
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled


async def test_a_client_that_disconnects_does_not_block_the_others() -> None:
    renderer = HistoryRenderer(BatchPriority())
    cancelled = asyncio.create_task(renderer.render(slow("cancelled", 1000, []), QueueKey()))
    other = asyncio.create_task(renderer.render(slow("other", 3, []), QueueKey()))
    await asyncio.sleep(0)
    cancelled.cancel()
    assert len(await other) == 3


async def test_an_event_that_cannot_be_rendered_affects_one_client_only() -> None:
    def fails() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    renderer = HistoryRenderer(BatchPriority())
    with pytest.raises(ZeroDivisionError):
        await renderer.render(fails(), QueueKey())
    assert await renderer.render(iter([1, 2]), QueueKey()) == [1, 2]
