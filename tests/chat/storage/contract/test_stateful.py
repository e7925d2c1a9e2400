"""Whatever two processes do in a room, in any order, both and a third one see the same."""

from itertools import count

import pytest

from tests.support.effort import Tally, effort
from tests.support.storage.installations import Installation
from tests.support.storage.two_processes import TwoProcesses, check


@pytest.mark.promise
def test_two_processes_show_a_room_as_it_is_whatever_happens(stores: Installation, tally: Tally) -> None:
    numbers = count()
    check(lambda: TwoProcesses(stores.open, f"room-{next(numbers)}", tally), effort(8, torture=500))
