"""The plan of one benchmark run, and the measurements that it produces."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load import LoadError
from benchmarks.peers import Peer
from benchmarks.server import ServerError


@dataclass(frozen=True)
class Plan:
    """Which peers are measured, how often and how thoroughly."""

    peers: tuple[Peer, ...]  # chatsite first
    repeats: int
    quick: bool  # seconds instead of minutes: a smoke test, not for figures
    curve: bool  # more loads than the claims need, for the plot

    def rounds(self, cases: list[Any]) -> Iterator[tuple[int, Any, Peer]]:
        """(repeat, case, peer), with the peers innermost, so that a disturbance of the machine affects all of them."""
        for repeat in range(self.repeats):
            for case in cases:
                for peer in self.peers:
                    yield repeat, case, peer


@dataclass(frozen=True)
class Measurement:
    """The values of one case of one peer, in one repeat."""

    part: str
    case: str
    peer: str
    repeat: int
    values: dict[str, float] = field(default_factory=dict)
    note: str = ""  # the error, if there are no values


def attempt(part: str, case: str, peer: str, repeat: int, measure: Callable[[], dict[str, float]]) -> Measurement:
    """The measurement that `measure` returns. A server that fails under load is a result too; the run continues."""
    try:
        return Measurement(part, case, peer, repeat, measure())
    except (LoadError, ServerError, OSError) as error:
        return Measurement(part, case, peer, repeat, note=str(error) or repr(error))


@dataclass(frozen=True)
class Column:
    """One column of a table: its key among the values, its heading, its format."""

    key: str
    heading: str
    format: str = ",.0f"
