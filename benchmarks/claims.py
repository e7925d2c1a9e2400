"""What chatsite claims to be, as numbers that a run confirms or not."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.flood_client import KINDS
from benchmarks.report import Medians, aligned

TEAM, CALM, BUSY, STORM = (
    ("fanout", case)
    for case in ("100 clients, 20/s", "1000 clients, 100/s", "1000 clients, 1000/s", "1000 clients, 4000/s")
)
CONNECT, RECEIVE = ("connect", "5000 clients"), ("receive", "50 connections")
FLOOD, STALLED = "flood", ("stalled", "half stalls")
WAITING, ALONE, HISTORY = ("storage", "100 waiting"), ("storage", "alone"), ("history", "1,000,000 messages")
Place = tuple[str, str]


@dataclass(frozen=True)
class Claim:
    """A sentence, the number that stands behind it, and how large or small it has to be."""

    says: str
    number: Callable[[Medians], float]
    least: float | None = None
    most: float | None = None

    def holds(self, number: float) -> bool:
        """Whether a measured number bears it out."""
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


def value(place: Place, key: str, peer: str = "chatsite") -> Callable[[Medians], float]:
    """A median."""
    return lambda found: found[(*place, peer)][key]


def ratio(place: Place, key: str, peer: str, own: str = "chatsite") -> Callable[[Medians], float]:
    """chatsite's median divided by a peer's."""
    return lambda found: found[(*place, own)][key] / found[(*place, peer)][key]


def _losses(found: Medians) -> float:
    wrong = ("lost", "late", "doubled", "out_of_order", "closed_early", "failed")
    places = [values for (part, _, peer), values in found.items() if peer == "chatsite" and part != "history"]
    return sum(values.get(key, 0) for values in places for key in wrong)


def _beyond_fsync(found: Medians) -> float:
    """What a lone message takes, over the socket, on top of 1.3 times a bare write and fdatasync."""
    return found[(*ALONE, "socket")]["p50_ms"] - 1.3 * found[(*ALONE, "bare")]["p50_ms"]


def _worst_flood(found: Medians) -> float:
    """The others' p99 in the flood that harms them most, divided by that of the calm."""
    return max(found[FLOOD, kind, "chatsite"]["p99_to_calm"] for kind in KINDS)


CPU, SPEED = "cpu_us_per_delivery", "delivered_per_second"
CLAIMS = (
    Claim("lost, late, doubled or disordered, all runs together", _losses, most=0),
    Claim("100 clients, 20/s: p50 (ms)", value(TEAM, "p50_ms"), most=3),
    Claim("100 clients, 20/s: p99 (ms)", value(TEAM, "p99_ms"), most=8),
    Claim("100 clients, 20/s: CPU per delivery / ws", ratio(TEAM, CPU, "ws"), most=1.6),
    Claim("1000 clients, 100/s: CPU per delivery / ws", ratio(CALM, CPU, "ws"), most=1.0),
    Claim("1000 clients, 100/s: p99 / ws", ratio(CALM, "p99_ms", "ws"), most=1.5),
    Claim("1000 clients, 1000/s: delivered/s", value(BUSY, SPEED), least=980_000),
    Claim("1000 clients, 1000/s: p99 (ms)", value(BUSY, "p99_ms"), most=60),
    Claim("1000 clients, 1000/s: CPU per delivery / uws", ratio(BUSY, CPU, "uws"), most=1.2),
    Claim("1000 clients, 4000/s: delivered/s / ws", ratio(STORM, SPEED, "ws"), least=12),
    Claim("1000 clients, 4000/s: delivered/s / uws", ratio(STORM, SPEED, "uws"), least=1.2),
    Claim("1000 clients, 4000/s: p99 (ms)", value(STORM, "p99_ms"), most=300),
    Claim("taken in from 50 connections (messages/s)", value(RECEIVE, "messages_per_second"), least=8000),
    Claim("5000 clients at once: connects/s", value(CONNECT, "connects_per_second"), least=1000),
    Claim("memory of an idle connection (KiB)", value(CONNECT, "kib_per_connection"), most=32),
    Claim("a million messages: opening (ms)", value(HISTORY, "open_ms"), most=1000),
    Claim("a million messages: memory (MiB)", value(HISTORY, "open_mib"), most=40),
    Claim("a million messages: a page of 50, p99 (ms)", value(HISTORY, "page_p99_ms"), most=2),
    Claim(
        "a million messages: an append / to an empty room",
        lambda found: value(HISTORY, "append_ms")(found) / value(HISTORY, "append_empty_ms")(found),
        most=1.1,
    ),
    Claim("a million messages: the page's first byte (ms)", value(HISTORY, "visit_p50_ms"), most=50),
    Claim(
        "100 waiting: messages stored/s / sqlite",
        ratio(WAITING, "messages_per_second", "sqlite", "group commit"),
        least=20,
    ),
    Claim("a lone message over the socket - 1.3 fdatasync (ms)", _beyond_fsync, most=1),
    Claim("one floods: p99 of the 100 others / in the calm, worst flood", _worst_flood, most=1.5),
    Claim("200 of 400 stall: p99 of the others / all read", value(STALLED, "p99_to_calm"), most=1.2),
)


def judged(found: Medians) -> str:
    """A table of every claim that this run measured."""
    lines = [["claim", "measured", "asked", ""]]
    for claim in CLAIMS:
        try:
            number = claim.number(found)
        except (KeyError, ZeroDivisionError):
            continue  # not measured in this run
        asked = f">= {claim.least:,g}" if claim.least is not None else f"<= {claim.most:,g}"
        lines.append([claim.says, f"{number:,.2f}", asked, "yes" if claim.holds(number) else "NO"])
    return aligned(lines)
