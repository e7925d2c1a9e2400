"""Pages for readers, a slice at a time: whoever asks for more takes it from other readers, not from those who write."""

import asyncio
import math
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chat import renderer as renderer_module
from chat.renderer import REST, Renderer
from tests.chat.doubles import until
from tests.effort import Held, effort

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

    assert await Renderer().render(events()) == list(range(1000))
    assert threading.get_ident() not in threads
    assert await Renderer().render(iter(())) == []


async def test_readers_take_turns() -> None:
    log: list[str] = []
    renderer = Renderer()
    pages = await asyncio.gather(*(renderer.render(slow(name, 6, log)) for name in "abc"))
    assert pages == [[f"{name} {number}" for number in range(6)] for name in "abc"]
    last = [len(log) - log[::-1].index(name) for name in "abc"]
    first = [log.index(name) for name in "abc"]
    assert max(first) < min(last), "nobody had to wait for all of another's page"


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> Slices:
    """When each slice began and ended, measured from inside."""
    times: Slices = []
    render = renderer_module._slice

    def timed(events: Iterator[Any]) -> Any:
        times.append((time.perf_counter(), math.inf))
        at = len(times) - 1
        result = render(events)
        times[at] = times[at][0], time.perf_counter()
        return result

    monkeypatch.setattr(renderer_module, "_slice", timed)
    return times


def is_one_at_a_time_and_a_rest(times: Slices) -> bool:
    """A rest, measured from inside a slice, is never shorter."""
    following = zip(times, times[1:], strict=False)
    return all(next_begin - end >= REST * (end - begin) for (begin, end), (next_begin, _) in following)


@pytest.mark.promise
async def test_however_many_read_there_is_only_one_slice_at_a_time_and_a_rest_after_it(
    slices: Slices, held: Held
) -> None:
    """Several threads that render would keep the event loop from its turns, and so everybody's messages."""
    renderer, readers = Renderer(), effort(8, torture=100)
    await asyncio.gather(*(renderer.render(slow("x", 5, [])) for _ in range(readers)))
    assert is_one_at_a_time_and_a_rest(slices)
    assert len(slices) >= readers * 2
    held("slices of history", len(slices))


@pytest.mark.promise
async def test_who_leaves_in_the_middle_of_a_slice_lets_nobody_render_beside_it(slices: Slices, held: Held) -> None:
    """Django cancels the page whose reader has left. The thread went on, and the next one began: who asked and left a
    hundred times had a hundred threads that render.
    """
    renderer, leavers = Renderer(), effort(5, torture=200)
    for _ in range(leavers):
        await leave_in_a_slice(renderer, slices)
    assert await renderer.render(iter(["stays"])) == ["stays"]
    assert is_one_at_a_time_and_a_rest(slices)
    assert len(slices) == leavers + 1
    held("readers who left in a slice", leavers)


async def leave_in_a_slice(renderer: Renderer, slices: Slices) -> None:
    before = len(slices)
    gone = asyncio.create_task(renderer.render(slow("gone", 5, [])))
    await until(lambda: len(slices) > before, "the beginning of a slice")
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_reader_that_goes_away_does_not_hold_up_the_others() -> None:
    renderer = Renderer()
    gone = asyncio.create_task(renderer.render(slow("gone", 1000, [])))
    stays = asyncio.create_task(renderer.render(slow("stays", 3, [])))
    await asyncio.sleep(0)
    gone.cancel()
    assert len(await stays) == 3


async def test_an_event_that_cannot_be_made_is_one_readers_trouble() -> None:
    def fails() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    renderer = Renderer()
    with pytest.raises(ZeroDivisionError):
        await renderer.render(fails())
    assert await renderer.render(iter([1, 2])) == [1, 2]
