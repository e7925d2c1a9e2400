"""Pages for readers, a slice at a time: whoever asks for more takes it from other readers, not from those who write."""

import asyncio
import math
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chat.rooms import renderer as renderer_module
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.renderer import IDLE_FACTOR, Renderer, RenderKey
from tests.support.core.doubles import until
from tests.support.effort import Held, effort

Slices = list[tuple[float, float]]


def slow(name: str, count: int, log: list[str]) -> Iterator[str]:
    """Events that take a slice each."""
    for number in range(count):
        until = time.perf_counter() + 2 * renderer_module.SLICE_SECONDS
        while time.perf_counter() < until:
            pass
        log.append(name)
        yield f"{name} {number}"


async def test_everything_is_rendered_in_order_in_a_thread() -> None:
    threads = set()

    def events() -> Iterator[int]:
        for number in range(1000):
            threads.add(threading.get_ident())
            yield number

    assert await Renderer(BatchPriority()).render(events(), RenderKey()) == list(range(1000))
    assert threading.get_ident() not in threads
    assert await Renderer(BatchPriority()).render(iter(()), RenderKey()) == []


async def test_readers_take_turns() -> None:
    log: list[str] = []
    renderer = Renderer(BatchPriority())
    pages = await asyncio.gather(*(renderer.render(slow(name, 6, log), RenderKey()) for name in "abc"))
    assert pages == [[f"{name} {number}" for number in range(6)] for name in "abc"]
    last = [len(log) - log[::-1].index(name) for name in "abc"]
    first = [log.index(name) for name in "abc"]
    assert max(first) < min(last), "nobody had to wait for all of another's page"


async def turns_of_others(crowd: list[RenderKey], one: RenderKey) -> int:
    """How many slices were made for a crowd before one more reader had six."""
    log: list[str] = []
    renderer = Renderer(BatchPriority())
    many = [asyncio.create_task(renderer.render(slow("crowd", 50, log), reader)) for reader in crowd]
    await until(lambda: log, "the first turn")
    before = len(log)
    await renderer.render(slow("one", 6, log), one)
    turns = log[before : len(log) - log[::-1].index("one")].count("crowd")
    for task in many:
        task.cancel()
    await asyncio.wait(many)
    return turns


A_TURN_EACH = 6 + 2  # and what was under way


@pytest.mark.parametrize(
    ("crowd", "one"),
    [
        (RenderKey("crowd"), RenderKey("one")),
        (RenderKey("crowd"), RenderKey("crowd", joining=True)),
        (RenderKey("crowd", joining=True), RenderKey("one", joining=True)),
    ],
)
async def test_a_crowd_at_one_address_takes_the_turns_of_one(crowd: RenderKey, one: RenderKey) -> None:
    """A thousand connections that asked for pages had a thousand turns, and whoever came waited for all of them."""
    assert await turns_of_others([crowd] * 20, one) <= A_TURN_EACH


async def test_those_who_come_do_not_wait_for_everybody_who_asks_for_more() -> None:
    crowd = [RenderKey(f"10.0.0.{number}") for number in range(20)]
    assert await turns_of_others(crowd, RenderKey("one", joining=True)) <= A_TURN_EACH


async def test_nothing_is_kept_of_readers_who_have_what_they_wanted() -> None:
    renderer = Renderer(BatchPriority())
    await asyncio.gather(*(renderer.render(slow("x", 2, []), RenderKey(f"10.0.0.{number}")) for number in range(5)))
    assert not renderer._places


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> Slices:
    """When each slice began and ended, measured from inside."""
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


def is_one_at_a_time_and_a_rest(times: Slices) -> bool:
    """A rest, measured from inside a slice, is never shorter."""
    following = zip(times, times[1:], strict=False)
    return all(next_begin - end >= IDLE_FACTOR * (end - begin) for (begin, end), (next_begin, _) in following)


@pytest.mark.promise
async def test_however_many_read_there_is_only_one_slice_at_a_time_and_a_rest_after_it(
    slices: Slices, held: Held
) -> None:
    """Several threads that render would keep the event loop from its turns, and so everybody's messages."""
    renderer, readers = Renderer(BatchPriority()), effort(8, torture=100)
    await asyncio.gather(*(renderer.render(slow("x", 5, []), RenderKey()) for _ in range(readers)))
    assert is_one_at_a_time_and_a_rest(slices)
    assert len(slices) >= readers * 2
    held("slices of history", len(slices))


async def test_what_is_being_said_goes_before_a_slice_for_as_long_as_it_rests(slices: Slices) -> None:
    patience: list[float] = []

    class Way(BatchPriority):
        async def wait_for_batches(self, seconds: float) -> None:
            patience.append(seconds)

    await Renderer(Way()).render(slow("x", 5, []), RenderKey())
    assert len(patience) == len(slices)
    rests = [IDLE_FACTOR * (end - begin) for begin, end in slices]
    assert all(seconds >= rest for seconds, rest in zip(patience[1:], rests, strict=False))


@pytest.mark.promise
async def test_who_leaves_in_the_middle_of_a_slice_lets_nobody_render_beside_it(slices: Slices, held: Held) -> None:
    """Django cancels the page whose reader has left. The thread went on, and the next one began: who asked and left a
    hundred times had a hundred threads that render.
    """
    renderer, leavers = Renderer(BatchPriority()), effort(5, torture=200)
    for _ in range(leavers):
        await leave_in_a_slice(renderer, slices)
    assert await renderer.render(iter(["stays"]), RenderKey()) == ["stays"]
    assert is_one_at_a_time_and_a_rest(slices)
    assert len(slices) == leavers + 1
    held("readers who left in a slice", leavers)


async def leave_in_a_slice(renderer: Renderer, slices: Slices) -> None:
    before = len(slices)
    gone = asyncio.create_task(renderer.render(slow("gone", 5, []), RenderKey()))
    await until(lambda: len(slices) > before, "the beginning of a slice")
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_reader_that_goes_away_does_not_hold_up_the_others() -> None:
    renderer = Renderer(BatchPriority())
    gone = asyncio.create_task(renderer.render(slow("gone", 1000, []), RenderKey()))
    stays = asyncio.create_task(renderer.render(slow("stays", 3, []), RenderKey()))
    await asyncio.sleep(0)
    gone.cancel()
    assert len(await stays) == 3


async def test_an_event_that_cannot_be_made_is_one_readers_trouble() -> None:
    def fails() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    renderer = Renderer(BatchPriority())
    with pytest.raises(ZeroDivisionError):
        await renderer.render(fails(), RenderKey())
    assert await renderer.render(iter([1, 2]), RenderKey()) == [1, 2]
