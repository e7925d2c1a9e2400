"""One room, many clients, messages at a fixed rate whatever the server does: what a delivery costs, how long it takes.

Latency counts from the moment a message was due to the arrival of its frame at a client, over all clients.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import load
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

SENDERS = 50
COLUMNS = [
    Column("delivered_per_second", "delivered/s"),
    Column("p50_ms", "p50 ms", ",.2f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("cpu_us_per_delivery", "CPU us/delivery", ",.2f"),
    Column("lost", "lost"),
    Column("late", "not yet"),
    Column("doubled", "doubled"),
    Column("out_of_order", "disordered"),
    Column("load_cpu_share", "load's core", ".0%"),
]


@dataclass(frozen=True)
class Load:
    """Clients in the room, and messages per second of all of them together."""

    clients: int
    rate: int

    @property
    def case(self) -> str:
        """How the tables call it."""
        return f"{self.clients} clients, {self.rate}/s"


TEAM = Load(100, 20)
CLAIMED = [TEAM, Load(1000, 100), Load(1000, 1000), Load(1000, 4000)]
CURVE = [Load(1000, 30), Load(1000, 300), Load(1000, 2000)]
CURVE_REPEATS = 2  # no claim is made about these, they only give the plot its shape


def run(plan: Plan) -> Iterator[Measurement]:
    """Every load on every peer that is meant for it."""
    seconds = 2 if plan.quick else 6
    for repeat, at, peer in plan.rounds(CLAIMED + CURVE if plan.curve else CLAIMED):
        wanted = at in CLAIMED or (peer.in_curve and repeat < CURVE_REPEATS)
        if wanted and at.clients * at.rate <= peer.most:
            yield attempt("fanout", at.case, peer.name, repeat, functools.partial(measure, peer, at, seconds))


def measure(peer: Peer, at: Load, seconds: float) -> dict[str, float]:
    """One load on one fresh server."""
    with Server(peer) as server:
        found = load.run(
            "fanout",
            **server.target,
            clients=at.clients,
            senders=min(SENDERS, at.clients),
            rate=at.rate,
            warmup=min(2.0, seconds / 2),
            duration=seconds,
            drain=10,
            settle=1,
        )
    return _values(found)


def _values(found: load.Result) -> dict[str, float]:
    latency = {f"{name}_ms": found["latency_ms"][name] for name in ("p50", "p90", "p99", "max")}
    lag = {"send_lag_p99_ms": found["send_lag_ms"]["p99"]}
    cpu = {"cpu_us_per_delivery": found["cpu_us_per_delivery"]} if found["deliveries"] else {}
    names = ("delivered_per_second", "expected", "received", "lost", "late", "doubled", "out_of_order", "closed_early")
    return {**latency, **lag, **cpu, **{name: found[name] for name in (*names, "server_cpu_share", "load_cpu_share")}}
