"""The machine dies at every moment of many rooms' lives, and at every byte of every write.

What is held in each state stands in crashes.py, what a disk may leave in crash_states.py, what happens in lives.py.
"""

from functools import partial

import pytest

from tests.support.effort import Held, effort
from tests.support.storage.crash_checker import Crashes
from tests.support.storage.scenarios import LIVES, Life, wander

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.promise]


def lived(life: Life, name: object, *, fine: bool, repairs: int, held: Held) -> Crashes:
    crashes = Crashes(fine=fine, repairs=repairs)
    try:
        crashes.live(life)
    except AssertionError as error:
        error.add_note(f"in the life {name!r}")
        raise
    held("crash states", crashes.states)
    held("crashes during repair", crashes.repaired)
    return crashes


def test_nothing_that_was_shown_is_lost_whenever_the_machine_dies(held: Held) -> None:
    repairs = effort(20, torture=2)
    lives = [lived(life, name, fine=True, repairs=repairs, held=held) for name, life in LIVES.items()]
    assert sum(crashes.states for crashes in lives) >= 40_000
    assert sum(crashes.repaired for crashes in lives) >= 4_000


def test_nor_in_any_life_that_chance_makes_up(held: Held) -> None:
    fine, repairs = effort(False, torture=True), effort(20, torture=1)
    for seed in range(effort(8, torture=5)):
        lived(partial(wander, seed=seed), seed, fine=fine, repairs=repairs, held=held)
