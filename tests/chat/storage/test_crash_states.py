"""Crashes at every moment of many scenarios, and at every byte of every write.

crash_checker.py says what is checked, crash_states.py what a disk may leave, scenarios.py what happens.
"""

from functools import partial

import pytest

from chat.storage import position_table
from chat.storage.json_files import room_content, unlocked_scan
from tests.support.effort import Tally, effort
from tests.support.storage.cache_checker import CacheChecker
from tests.support.storage.crash_checker import CrashChecker
from tests.support.storage.scenarios import SCENARIOS, Scenario, random_scenario

CUT_EVERY = effort(11, torture=1)  # bytes of a write; over the writes of a scenario the places are different ones
pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.promise]


def checked(scenario: Scenario, name: object, *, cut_every: int, recrash_every: int, tally: Tally) -> CrashChecker:
    crashes = CrashChecker(cut_every=cut_every, recrash_every=recrash_every)
    try:
        crashes.run(scenario)
    except AssertionError as error:
        error.add_note(f"in the scenario {name!r}")
        raise
    tally("crash states", crashes.states)
    tally("crashes during repair", crashes.repaired)
    return crashes


def test_nothing_that_was_shown_is_lost_whenever_the_machine_dies(tally: Tally) -> None:
    every = effort(20, torture=2)
    checkers = [
        checked(scenario, name, cut_every=CUT_EVERY, recrash_every=every, tally=tally)
        for name, scenario in SCENARIOS.items()
    ]
    assert sum(crashes.states for crashes in checkers) >= effort(8_000, torture=60_000)
    assert sum(crashes.repaired for crashes in checkers) >= effort(1_000, torture=8_000)


def test_nor_in_any_life_that_chance_makes_up(tally: Tally) -> None:
    cut_every, every = effort(0, torture=1), effort(20, torture=1)
    for seed in range(effort(4, torture=5)):
        checked(partial(random_scenario, seed=seed), seed, cut_every=cut_every, recrash_every=every, tally=tally)


def test_whatever_a_crash_leaves_of_the_stored_index_the_room_is_the_same(
    monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setattr(room_content, "LARGE_BYTES", 1)
    monkeypatch.setattr(unlocked_scan, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(position_table, "BUCKET_COUNT", 4)
    used, lives = 0, {str(seed): partial(random_scenario, seed=seed) for seed in range(effort(1, torture=40))}
    for name, scenario in {**SCENARIOS, **lives}.items():
        checker = CacheChecker(every=effort(3, torture=1))
        try:
            checker.run(scenario)
        except AssertionError as error:
            error.add_note(f"in the scenario {name!r}")
            raise
        tally("crash states of a stored index", checker.compared)
        used += checker.used
    assert used >= effort(10, torture=30), "in these states it was not unfit"
