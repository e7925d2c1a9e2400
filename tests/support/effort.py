"""How long the tests of the promises try: seconds in `make test`, minutes in `make torture` (TORTURE=on).

    @pytest.mark.promise
    def test_...(tally: Tally) -> None:
        for _ in range(effort(10, torture=200)):
            ...
            tally("kills")

Each of these tests counts its attempts. At the end of the run the counts are printed, with the number of violations,
which are the failed tests of promises.
"""

import os
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

TORTURE = os.environ.get("TORTURE") == "on"
Amount = TypeVar("Amount")
Tally = Callable[..., None]  # tally("kills") or tally("states", 4096)
counts: Counter[str] = Counter()
measurements: list[str] = []


def effort(test: Amount, *, torture: Amount) -> Amount:
    """The amount for this run."""
    return torture if TORTURE else test


def tally(what: str, number: int = 1) -> None:
    """Count attempts of one kind."""
    counts[what] += number


def report(measurement: str) -> None:
    """Print a measurement at the end of the run. No test depends on it: a timing decides no test."""
    measurements.append(measurement)
