"""Long computations in the threads of the storage let others run: in small parts, and not while messages are sent."""

import threading
from collections.abc import Callable

import pytest

from chat.rooms.hub import Hub
from chat.storage import position_table, yielding
from chat.storage.json_files.index_cache import _bytes_of
from chat.storage.position_table import PositionTable
from chat.storage.yielding import let_others_run, pause_while, yield_while
from tests.support.core.doubles import TIME_LIMIT

POSITIONS = 3 * position_table.FILL_AT_ONCE


class Others:
    """Others who are busy for some looks at them."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def is_busy(self) -> bool:
        self.looks -= 1
        return self.looks >= 0


def in_new_thread(function: Callable[[], object]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(TIME_LIMIT)
    assert not thread.is_alive()


def test_a_computation_pauses_until_the_others_are_no_longer_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yielding, "MAX_PAUSE_SECONDS", TIME_LIMIT)
    others = Others(looks=5)
    in_new_thread(lambda: (yield_while(others.is_busy), let_others_run()))
    assert others.looks == -1


def test_a_computation_gets_on_while_the_others_are_always_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(yielding, "pause_while", lambda _, max_seconds: pauses.append(max_seconds))
    times = iter([1000, 1001, 1001.0001, 1002])  # a part that ends at 1000, a moment, a part of 0.1 ms, a moment
    monkeypatch.setattr(yielding, "monotonic", lambda: next(times))
    in_new_thread(lambda: (yield_while(lambda: True), let_others_run(), let_others_run()))
    assert pauses == [yielding.MAX_PAUSE_SECONDS, pytest.approx(yielding.MAX_PAUSE_FACTOR * 0.0001)]
    monkeypatch.undo()
    pause_while(lambda: True, 0.001)


def test_threads_that_yield_to_nobody_pause_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yielding, "pause_while", lambda *_: pytest.fail("it paused"))
    let_others_run()


async def test_the_storage_threads_of_a_server_yield_to_its_batches(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yielding, "MAX_PAUSE_SECONDS", TIME_LIMIT)
    executor = hub._storage_pool.new_executor()
    with hub.batch_priority.batch():
        computation = executor.submit(let_others_run)
        marker = threading.Event()
        marker.wait(0.05)  # it can only be shown that it is not done after a while
        assert not computation.done()
    computation.result(TIME_LIMIT)


async def test_a_computation_does_not_pause_while_a_message_waits_for_its_end(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a message waited for the index of its own large room, and that paused for the message."""
    monkeypatch.setattr(yielding, "MAX_PAUSE_SECONDS", 3600.0)
    executor, begun = hub._storage_pool.new_executor(), threading.Event()
    with hub.batch_priority.batch():
        computation = executor.submit(lambda: (begun.set(), let_others_run()))
        assert begun.wait(TIME_LIMIT)
        message = executor.submit(lambda: "stored")
        assert message.result(TIME_LIMIT) == "stored"
    assert computation.done()


def test_a_table_is_filled_in_parts_that_others_can_run_between(monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[int] = []
    table = PositionTable.portable()
    monkeypatch.setattr(position_table, "let_others_run", lambda: filled.append(table._table_size))
    for number in range(POSITIONS):
        table.add("a" * 22, str(number))
    while table.fill_in_parts():
        assert table._table_size == len(filled) * position_table.FILL_PART
    assert table.find("a" * 22, str(POSITIONS - 1)) == [POSITIONS - 1]
    assert len(filled) == POSITIONS // position_table.FILL_PART - 1


def test_an_index_is_written_in_parts_that_others_can_run_between() -> None:
    table = PositionTable.portable()
    for number in range(POSITIONS):
        table.add("a" * 22, str(number))
    while table.fill_in_parts():
        pass
    assert max(map(len, _bytes_of(table.stored_parts()))) <= 2**18
