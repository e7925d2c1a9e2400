"""What one run of the benchmarks is to do, and what it finds out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load import LoadError
from benchmarks.peers import Peer
from benchmarks.server import ServerError


@dataclass(frozen=True)
class Plan:
    """How much, and whom."""

    peers: tuple[Peer, ...]  # chatsite first
    repeats: int
    quick: bool  # seconds instead of minutes: to see that everything works, not for figures
    curve: bool  # more loads than the claims need, for the plot

    def rounds(self, cases: list[Any]) -> Iterator[tuple[int, Any, Peer]]:
        """Repeat by repeat, and in each of them case by case, peer after peer: what disturbs one disturbs all."""
        for repeat in range(self.repeats):
            for case in cases:
                for peer in self.peers:
                    yield repeat, case, peer


@dataclass(frozen=True)
class Measurement:
    """One measured case of one peer, with the numbers it gave."""

    part: str
    case: str
    peer: str
    repeat: int
    values: dict[str, float] = field(default_factory=dict)
    note: str = ""  # why there are none


def attempt(part: str, case: str, peer: str, repeat: int, act: Callable[[], dict[str, float]]) -> Measurement:
    """The measurement that `act` makes. A server that breaks under its load is a result too, and ends nothing."""
    try:
        return Measurement(part, case, peer, repeat, act())
    except (LoadError, ServerError, OSError) as error:
        return Measurement(part, case, peer, repeat, note=str(error) or repr(error))


@dataclass(frozen=True)
class Column:
    """One number of a table: its key among the values, its heading, its format."""

    key: str
    heading: str
    format: str = ",.0f"
