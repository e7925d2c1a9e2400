"""How hard the tests of the promises try: a little in `make test`, long in `make torture` (TORTURE=on).

    @pytest.mark.promise
    def test_...(held: Held) -> None:
        for _ in range(effort(10, torture=200)):
            ...
            held("kills")

Each such test counts what it put the code through; the counts are printed at the end of the run, with the violations:
the promises' tests that failed.
"""

import os
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

TORTURE = os.environ.get("TORTURE") == "on"
Amount = TypeVar("Amount")
Held = Callable[..., None]  # held("kills") or held("states", 4096)
counts: Counter[str] = Counter()
figures: list[str] = []


def effort(test: Amount, *, torture: Amount) -> Amount:
    """The amount for this run."""
    return torture if TORTURE else test


def count(what: str, number: int = 1) -> None:
    """So many more were put up with."""
    counts[what] += number


def note(figure: str) -> None:
    """Something that was measured, to be shown at the end of the run: a timing decides no test."""
    figures.append(figure)
