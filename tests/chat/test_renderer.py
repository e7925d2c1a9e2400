"""Pages for readers, a slice at a time: whoever asks for more takes it from other readers, not from those who write."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from chat import renderer as renderer_module
from chat.renderer import REST, Renderer
from tests.effort import Held, effort


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


@pytest.mark.promise
async def test_however_many_read_there_is_only_one_slice_at_a_time_and_a_rest_after_it(
    monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    """Several threads that render would keep the event loop from its turns, and so everybody's messages."""
    times: list[tuple[float, float]] = []
    render = renderer_module._slice

    def timed(events: Iterator[str]) -> tuple[list[str], Iterator[str] | None]:
        begin = time.perf_counter()
        result = render(events)
        times.append((begin, time.perf_counter()))
        return result

    monkeypatch.setattr(renderer_module, "_slice", timed)
    renderer, readers = Renderer(), effort(8, torture=100)
    await asyncio.gather(*(renderer.render(slow("x", 5, [])) for _ in range(readers)))
    for (begin, end), (next_begin, _) in zip(times, times[1:], strict=False):
        assert next_begin - end >= REST * (end - begin), "a rest, measured from inside a slice, is never shorter"
    assert len(times) >= readers * 2
    held("slices of history", len(times))


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
